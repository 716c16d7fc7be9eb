// Logs.
import { expect, test } from '../support/test';

test('a log is chosen from the menu and viewed', async ({ page, shell, logs }) => {
  await shell.open('/logs');
  await expect(logs.catalogue).toContainText('All users');
  await logs.viewNewest();
  await expect(page).toHaveURL(/\/logs\/20/);
  await expect(logs.summary).toBeVisible();
});

test('a log is narrowed to its problems and searched, and a line has an address', async ({ page, shell, logs }) => {
  await shell.open('/logs');
  await logs.catalogue.getByRole('row').filter({ hasText: 'All users' }).last().getByRole('link').first().click();
  await expect(logs.log).toBeVisible();
  await page.getByRole('link', { name: 'Problems only' }).click();
  await expect(logs.line('old.dave.test would fail validation')).toHaveCount(1);
  await expect(logs.line('served for')).toHaveCount(0);

  const find = page.getByRole('searchbox', { name: 'Find in log' });
  await find.fill('beta.erin.test');
  await find.press('Enter');
  await expect(logs.line('old.dave.test')).toHaveCount(0);
  const line = logs.line('beta.erin.test would fail validation');
  const address = await line.getByRole('link').getAttribute('href');
  await shell.open(address ?? '');
  await expect(page.locator('.line:target')).toContainText('beta.erin.test');
});

test.describe('an address that leads nowhere', () => {
  test.use({ expectedProblems: ['404'] });

  test('is told with a way back', async ({ page, shell }) => {
    await shell.open('/logs/2001-01-01T00:00:00Z');
    await expect(page.getByText('2001-01-01T00:00:00Z').first()).toBeVisible();
    await shell.open('/no-such-page');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  });
});
