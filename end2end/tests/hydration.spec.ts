// Before, during and after the arrival of the WebAssembly.
import { expect, test } from '../support/test';

test('the page can be read and searched before the WebAssembly arrives, and is taken over afterwards', async ({
  page,
  shell,
  users,
}) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/users', { waitUntil: 'commit' });
  await expect(users.rows).toHaveCount(25);
  await expect(page.locator('html')).not.toHaveAttribute('data-hydrated', 'true');

  await users.search.fill('alice');
  await users.search.press('Enter');
  await expect(page).toHaveURL(/q=alice/);
  await expect(users.names()).toHaveText(['alice']);
  await expect(page.locator('html')).not.toHaveAttribute('data-hydrated', 'true');

  release();
  await shell.hydrated();
  await users.search.fill('bob');
  await expect(users.names()).toHaveText(['bob']);
});

test('every page is hydrated without a mismatch, and asks no other host', async ({ page, shell }) => {
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  for (const path of ['/', '/users', '/users/alice', '/options', '/logs']) {
    await shell.open(path);
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  }
  expect([...hosts]).toEqual([new URL(page.url()).host]);
});
