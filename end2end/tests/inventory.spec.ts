// Websites and names that are added and removed by hand.
import { expect, test } from '../support/test';

test('a website and a name are added and removed without a reload', async ({ page, shell, user }) => {
  await shell.open('/users/berta');
  await page.evaluate(() => document.body.setAttribute('data-same-page', ''));

  await user.addWebsite('added.berta.test', 'www.added.berta.test');
  await expect(shell.messages).toContainText('The website was added.');
  await expect(user.names('added.berta.test')).toHaveText(['added.berta.test', 'www.added.berta.test']);

  await user.addName('added.berta.test', 'mail.added.berta.test');
  await expect(user.names('added.berta.test')).toHaveText([
    'added.berta.test',
    'www.added.berta.test',
    'mail.added.berta.test',
  ]);

  await user.removeName('added.berta.test', 'www.added.berta.test');
  await expect(user.names('added.berta.test')).toHaveText(['added.berta.test', 'mail.added.berta.test']);

  await user.removeWebsite('added.berta.test');
  await expect(user.website('added.berta.test')).toHaveCount(0);
  await expect(page.locator('body[data-same-page]')).toBeVisible();
});

test.describe('a name that somebody has', () => {
  test.use({ expectedProblems: ['response: 409', '409 (Conflict)'] });

  test('is refused in words, and what was typed stays', async ({ page, shell, user }) => {
    await shell.open('/users/berta');
    await user.addWebsite('alice.test', '');
    await expect(shell.messages).toContainText('Domain alice.test exists already.');
    await expect(page.getByLabel('Domain', { exact: true })).toHaveValue('alice.test');
  });
});
