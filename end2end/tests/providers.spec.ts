// Providers: comparing, agreeing, disabling, adding.
import { expect, test } from '../support/test';

test('the provider in use is shown in full, and its connection can be tested', async ({ page, shell }) => {
  await shell.open('/providers');
  const table = page.getByRole('table', { name: 'Providers' });
  await expect(table.getByRole('row', { name: /Pebble \(demo\)/ })).toContainText('Selected');
  await expect(page.getByRole('heading', { name: 'Pebble (demo)' })).toBeVisible();
  const order = page.getByRole('region', { name: 'Who gets the orders' });
  await expect(order.getByRole('listitem')).toHaveText([/Pebble \(demo\).*Healthy/]);
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await expect(page.getByText('The provider answered; its directory is read.')).toBeVisible();
});

test('another provider can be looked at without choosing it', async ({ page, shell }) => {
  await shell.open('/providers');
  await page.getByRole('link', { name: 'ZeroSSL' }).click();
  await expect(page.getByRole('heading', { name: 'ZeroSSL' })).toBeVisible();
  await expect(page.getByLabel('Key identifier')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Use as a fallback' })).toBeVisible();
  await expect(page).toHaveURL(/show=zerossl/);
});

test('a wrong external account is refused with the part that is wrong, and nothing is chosen', async ({ page, shell }) => {
  await shell.open('/providers?show=zerossl');
  await page.getByLabel('Key identifier').fill('kid');
  await page.getByLabel(/^MAC key/).fill('not base64!');
  await page.getByRole('checkbox', { name: /I have read/ }).check();
  await page.getByRole('button', { name: 'Order from here' }).click();
  await expect(page.getByText(/MAC key is not base64url/)).toBeVisible();
  await expect(page.getByRole('row', { name: /Pebble \(demo\)/ })).toContainText('Selected');
});

test('a directory at a private address is refused unless that is allowed', async ({ page, shell }) => {
  await shell.open('/providers');
  await page.getByLabel('Directory URL').fill('https://10.0.0.1/directory');
  await page.getByLabel(/^Short name/).fill('inside');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(page.getByText(/10\.0\.0\.1 \(private\)/)).toBeVisible();
});
