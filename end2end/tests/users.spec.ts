// Manage Users.
import { expect, test } from '../support/test';

test('search, sort and pages are in the address and survive going back', async ({ page, shell, users }) => {
  await shell.open('/users');
  await expect(users.rows).toHaveCount(25);
  await page.getByRole('navigation', { name: 'Pages, top' }).getByRole('link', { name: 'Next' }).click();
  await expect(page).toHaveURL(/page=2/);
  await expect(users.rows).toHaveCount(25);

  await users.search.fill('alice');
  await expect(users.names()).toHaveText(['alice']);
  await expect(page).toHaveURL(/q=alice/);

  await page.goto('/users');
  await shell.hydrated();
  await users.table.getByRole('link', { name: 'User' }).click();
  await expect(users.names().first()).toHaveText('zoe');
  await page.goBack();
  await expect(users.names().first()).toHaveText('alice');
});

test('a search for one of a user’s domains finds the user', async ({ shell, users }) => {
  await shell.open('/users');
  await users.search.fill('mail.grace.test');
  await expect(users.names()).toHaveText(['grace']);
});

test('a filter that lets nobody through says so and can be cleared', async ({ page, shell, users }) => {
  await shell.open('/users?q=nobody-has-this-name');
  await expect(page.getByText('No user matches')).toBeVisible();
  await page.getByRole('link', { name: 'Clear search and filters' }).click();
  await expect(users.rows).toHaveCount(25);
});

test('all, some and none of the users on a page can be selected', async ({ page, shell, users }) => {
  await shell.open('/users');
  const all = page.getByRole('checkbox', { name: 'Select all users on this page' });
  await all.click();
  await expect(users.selection).toContainText('25 selected');
  await users.tick('alice');
  await expect(users.selection).toContainText('24 selected');
  await expect(all).not.toBeChecked();
  await users.selection.getByRole('button', { name: 'Clear' }).click();
  await expect(users.selection).not.toContainText('selected');
  await all.click();
  await users.selection.getByRole('button', { name: /^Select all \d+ users/ }).click();
  await expect(users.selection).toContainText(/All \d+ users selected/);
});

test('an override shows apart from the feature list and its result, and can be taken back', async ({ shell, users }) => {
  await shell.open('/users');
  await users.tick('anton', 'berta');
  await users.choose('Disable');
  await expect(shell.messages).toContainText('Disabled AutoSSL for 2 users.');
  for (const name of ['anton', 'berta']) {
    await expect(users.cell(name, 'Feature list')).toContainText('On');
    await expect(users.cell(name, 'Override')).toContainText('Disabled');
    await expect(users.cell(name, 'AutoSSL')).toContainText('Off');
  }
  await shell.messages.getByRole('button', { name: 'Undo' }).click();
  await expect(users.cell('anton', 'Override')).toContainText('None');
  await expect(users.cell('anton', 'AutoSSL')).toContainText('On');
});

test('an override of one user is set and reset in its row', async ({ page, shell, users }) => {
  await shell.open('/users?q=bob');
  for (const [verb, told] of [
    ['Enable', 'Enabled'],
    ['Reset', 'None'],
  ]) {
    await page.getByLabel('Override for bob').click();
    await users.row('bob').getByRole('button', { name: verb }).click();
    await expect(users.cell('bob', 'Override')).toContainText(told);
  }
});

test('a check of one user ends with its result on the page', async ({ page, shell }) => {
  await shell.open('/users/bob');
  await page.getByRole('button', { name: 'Check bob' }).click();
  await expect(shell.ended).toContainText('Check of bob', { timeout: 30_000 });
  await expect(page.getByRole('row').filter({ hasText: 'shop.bob.test' })).toContainText('dns_no_address');
});

test('the same page in two browsers shows what the other did', async ({ browser, shell, users, page }) => {
  await shell.open('/users?q=ida');
  const other = await browser.newContext({ storageState: 'test-results/session.json' });
  const second = await other.newPage();
  await second.goto(page.url());
  await expect(second.getByRole('table', { name: 'Users' })).toContainText('ida');
  await users.tick('ida');
  await users.choose('Disable');
  await expect(shell.messages).toContainText('Disabled AutoSSL for ida.');
  await second.reload();
  await expect(second.getByRole('row').filter({ hasText: 'ida.test' })).toContainText('Disabled');
  await shell.messages.getByRole('button', { name: 'Undo' }).click();
  await expect(users.cell('ida', 'Override')).toContainText('None');
  await other.close();
});
