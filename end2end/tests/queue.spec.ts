// The Pending Queue.
import { expect, test } from '../support/test';

test('an empty queue says so, and jobs that are over are a filter away', async ({ page, shell }) => {
  await shell.open('/queue');
  await expect(page.getByText('Nothing is pending')).toBeVisible();
  await page.getByLabel('State').selectOption('Done');
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page).toHaveURL(/state=done/);
  await expect(page.getByRole('table', { name: 'Pending jobs' }).getByRole('row')).not.toHaveCount(1);
});

test('a job tells what happened to it', async ({ page, shell }) => {
  await shell.open('/queue?state=done');
  const table = page.getByRole('table', { name: 'Pending jobs' });
  const website = table.locator('a.row-name').first();
  const name = await website.textContent();
  await website.click();
  await expect(shell.heading(name!)).toBeVisible();
  const history = page.getByRole('listitem').filter({ hasText: 'Issued' });
  await expect(history.first()).toBeVisible();
  await expect(page.getByRole('link', { name: /^Log of / })).toBeVisible();
});

test('a press without a tick says so, and giving jobs up is asked for first', async ({ page, shell }) => {
  await shell.open('/queue?state=done');
  await page.getByRole('button', { name: 'Hold' }).click();
  await expect(page.getByText('Tick a job first.')).toBeVisible();
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void dialog.dismiss();
  });
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => asked).toHaveLength(1);
  expect(asked[0]).toContain('The next run decides anew');
});
