// Providers: comparing, agreeing, what is left, testing, guarding what was typed, disabling, adding.
import { expect, test } from '../support/test';

const IN_USE = 'Pebble (demo)';

test('the provider in use is marked and shown in full, with what is left of its limits', async ({ page, shell, providers }) => {
  await shell.open('/providers');
  await expect(providers.row(/Pebble \(demo\)/)).toContainText('Selected');
  await expect(providers.heading(IN_USE)).toBeVisible();
  const order = page.getByRole('region', { name: 'Who gets the orders' });
  await expect(order.getByRole('listitem')).toHaveText([/Pebble \(demo\).*Healthy/]);
  await expect(providers.gauge(/new orders per account, 3,000 in 3 hours: .* of 3,000 left/)).toBeVisible();
  await expect(providers.card).toContainText(/10,000 new names take .*: new orders per account\./);
  await expect(providers.fact(/Pebble \(demo\)/, 'Delivers here')).toHaveText(/^(nothing yet|\d+ s median of \d+)$/);
});

test('a test of the connection is answered where it was asked for', async ({ page, shell, providers }) => {
  await shell.open('/providers');
  await providers.testConnection();
  const answer = page.locator('#health').getByRole('status');
  await expect(answer).toContainText(/The provider answered in \d+ ms; its directory is read\./);
  await expect(answer).toBeInViewport();
  await expect(page.locator('#health')).toContainText('Last worked');
});

test('another provider can be looked at without choosing it', async ({ page, shell, providers }) => {
  await shell.open('/providers');
  await providers.show('ZeroSSL');
  await expect(providers.heading('ZeroSSL')).toBeVisible();
  await expect(providers.keyId).toBeVisible();
  await expect(providers.card.getByRole('button', { name: 'Use as a fallback' })).toBeVisible();
  await expect(page).toHaveURL(/show=zerossl/);
  await expect(providers.row(/Pebble \(demo\)/)).toContainText('Selected');
});

test('what is missing is said beside the button for as long as it is missing', async ({ shell, providers }) => {
  await shell.open('/providers?show=zerossl');
  await expect(providers.save).toHaveAccessibleDescription(/Enter the key identifier\. Enter the MAC key/);
  await providers.keyId.fill('kid');
  await expect(providers.save).toHaveAccessibleDescription(/^Enter the MAC key/);
  await providers.macKey.fill('c2VjcmV0');
  await expect(providers.save).toHaveAccessibleDescription('');
  await providers.macKey.fill('not base64!');
  await providers.save.click();
  await expect(providers.macKey).toBeFocused();
  await expect(providers.heading('ZeroSSL'), 'nothing was sent').toBeVisible();
});

test('what was typed is not lost without a question', async ({ page, shell, providers }) => {
  await shell.open('/providers?show=zerossl');
  await providers.keyId.fill('kid');
  page.once('dialog', (dialog) => void dialog.dismiss());
  await shell.tab('Logs').click();
  await expect(providers.keyId).toHaveValue('kid');
  await expect(page).toHaveURL(/\/providers/);
  page.once('dialog', (dialog) => void dialog.accept());
  await providers.show('Google Trust Services');
  await expect(providers.heading('Google Trust Services')).toBeVisible();
  await expect(providers.keyId, 'another provider does not get it').toHaveValue('');
  await shell.tab('Logs').click();
  await expect(shell.heading('Logs')).toBeVisible();
});

test('a directory at a private address is refused at its field unless that is allowed', async ({ shell, providers }) => {
  await shell.open('/providers');
  await providers.add('https://10.0.0.1/directory', 'inside');
  await expect(providers.mistake('directory_url')).toContainText('10.0.0.1 (private)');
});

test('to disable AutoSSL is a choice that says what it means', async ({ shell, providers }) => {
  await shell.open('/providers');
  await providers.show('Disabled');
  await expect(providers.heading('Disabled')).toBeVisible();
  await expect(providers.card).toContainText('Nothing is ordered from Pebble (demo) or anybody else then');
  await expect(providers.card.getByRole('button', { name: 'Disable AutoSSL' })).toBeEnabled();
});

test('on a phone each provider is a card with the facts that matter', async ({ page, shell, providers }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await shell.open('/providers');
  await expect(providers.fact(/ZeroSSL/, 'Wildcards')).toBeVisible();
  await expect(providers.fact(/ZeroSSL/, 'Customer account')).toBeVisible();
  await expect(providers.fact(/ZeroSSL/, 'Redirects')).toBeHidden();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
});
