// Signing in and out.
import { demo } from '../support/demo';
import { expect, test } from '../support/test';

test('a wrong password is refused without telling which part was wrong', async ({ page, signIn }) => {
  await page.goto('/login');
  await signIn.signIn(demo().user, 'not the password');
  await expect(signIn.trouble).toHaveText('Name or password is wrong.');
  await signIn.signIn('nobody', 'not the password');
  await expect(signIn.trouble).toHaveText('Name or password is wrong.');
});

test('the administrator comes to the page that was asked for', async ({ page, signIn, shell, context }) => {
  await page.goto('/users?q=alice');
  await expect(page).toHaveURL(/\/login\?next=/);
  await signIn.signIn(demo().user, demo().password);
  await expect(page).toHaveURL(/\/users\?q=alice$/);
  await shell.hydrated();
  await context.storageState({ path: 'test-results/session.json' });
});

test('signing out ends the session', async ({ page, signIn, shell }) => {
  await page.goto('/login');
  await signIn.signIn(demo().user, demo().password);
  await shell.hydrated();
  await shell.signOut();
  await expect(page).toHaveURL(/\/login/);
  await page.goto('/users');
  await expect(page).toHaveURL(/\/login\?next=/);
});
