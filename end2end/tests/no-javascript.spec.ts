// The interface without JavaScript: signing in, pages, searches, overrides, logs.
import { demo } from '../support/demo';
import { expect, test } from '../support/test';

test.beforeEach(async ({ page, signIn }) => {
  await page.goto('/login');
  await signIn.signIn(demo().user, demo().password);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});

test('links page and the form searches', async ({ page, users }) => {
  await page.goto('/users');
  await expect(users.rows).toHaveCount(25);
  await page.getByRole('navigation', { name: 'Pages, top' }).getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL(/page=2/);
  await users.search.fill('alice');
  await users.search.press('Enter');
  await expect(users.names()).toHaveText(['alice']);
});

test('the override buttons work on the ticked users', async ({ page, users }) => {
  await page.goto('/users?q=konrad');
  await users.tick('konrad');
  await users.choose('Disable');
  await expect(users.cell('konrad', 'Override')).toContainText('Disabled');
  await expect(page).toHaveURL(/\/users/);
  await users.tick('konrad');
  await users.choose('Reset');
  await expect(users.cell('konrad', 'Override')).toContainText('None');
});

test('options are saved by their form, and boxes that are not ticked are off', async ({ page, options }) => {
  await page.goto('/options');
  await options.foreign.check();
  await options.save();
  await expect(page.locator('p.notice.success')).toContainText('Saved: 1 option changed.');
  await expect(page).toHaveURL(/\/options\?done=/);
  await expect(options.foreign).toBeChecked();
  await options.foreign.uncheck();
  await options.save();
  await expect(options.foreign).not.toBeChecked();
});

test('a log is chosen and viewed, and failures stand open', async ({ page, logs }) => {
  await page.goto('/logs');
  await logs.viewNewest();
  await expect(page).toHaveURL(/\/logs\/20/);
  await expect(logs.summary).toBeVisible();
});

test('a check of one user is asked for by its form', async ({ page }) => {
  await page.goto('/users/alice');
  await page.getByRole('button', { name: 'Check alice' }).click();
  await expect(page).toHaveURL(/\/users\/alice|\/logs\//);
  await page.goto('/logs');
  await expect(page.getByRole('table', { name: 'Runs' })).toContainText('alice');
});

test('a website and a name are added, and the website is removed in two steps', async ({ page, user }) => {
  await page.goto('/users/konrad');
  await user.addWebsite('plain.konrad.test', '');
  await expect(page.getByText('The website was added.')).toBeVisible();
  await user.addName('plain.konrad.test', 'www.plain.konrad.test');
  await expect(user.names('plain.konrad.test')).toHaveText(['plain.konrad.test', 'www.plain.konrad.test']);
  await user.removeWebsite('plain.konrad.test');
  await expect(page.getByText('The website was removed.')).toBeVisible();
  await expect(user.website('plain.konrad.test')).toHaveCount(0);
});

test('the account’s address is changed by its form, and a test of the connection is answered in place', async ({ page, providers }) => {
  await page.goto('/providers');
  await providers.contact.fill('night@ours.test');
  await providers.card.getByRole('button', { name: 'Change the address' }).click();
  await expect(page.locator('p.notice.success')).toContainText('Saved.');
  await expect(providers.contact).toHaveValue('night@ours.test');
  await providers.contact.fill('');
  await providers.card.getByRole('button', { name: 'Change the address' }).click();
  await expect(providers.contact).toHaveValue('');
  await providers.testConnection();
  await expect(page.locator('#health').getByRole('status')).toContainText('The provider answered in ');
  await providers.show('ZeroSSL');
  await expect(providers.heading('ZeroSSL')).toBeVisible();
});
