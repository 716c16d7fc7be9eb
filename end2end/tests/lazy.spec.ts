// The code of pages: it comes once, when a page is first shown, and the server's own page is there where it does not come.
import type { Page } from '@playwright/test';
import { expect, test } from '../support/test';

const TABS = ['Overview', 'Logs', 'Manage Users'];

test('each tab brings its own code once, without loading the page anew', async ({ page, shell }) => {
  const parts = watchParts(page);
  await shell.open('/');
  // What the page's head asks for and what the program then takes may be told as one request or as two.
  expect(new Set(parts)).toEqual(new Set(['overview']));
  parts.length = 0;
  let loads = 0;
  page.on('load', () => loads++);
  for (const tab of [...TABS, ...TABS]) {
    await shell.tab(tab).click();
    await expect(shell.heading(tab)).toHaveCount(1);
  }
  expect(parts).toEqual(['logs', 'users']);
  expect(loads).toBe(0);
});

test('the page before stays until the code of the next one is there', async ({ page, shell }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/split_logs\./, async (route) => {
    await held;
    await route.continue();
  });
  await shell.open('/');
  await shell.tab('Logs').click();
  await expect(shell.tab('Logs')).toHaveAttribute('aria-current', 'page');
  await expect(page.getByRole('region', { name: 'State' })).toBeVisible();
  release();
  await expect(shell.heading('Logs')).toBeVisible();
  await expect(page).toHaveURL(/\/logs$/);
});

test.describe('code that does not come', () => {
  test.use({ expectedProblems: ['split_logs.', 'Failed to load resource', 'Failed to fetch', 'HTTP status code is not ok'] });

  test('once: its page is loaded from the server, and is alive', async ({ page, shell }) => {
    await shell.open('/');
    await page.route(/split_logs\./, (route) => route.abort(), { times: 1 });
    const loaded = page.waitForEvent('load');
    await shell.tab('Logs').click();
    await loaded;
    await expect(page).toHaveURL(/\/logs$/);
    await expect(shell.heading('Logs')).toBeVisible();
    await shell.hydrated();
  });

  test('ever: its page is as the server sent it, and its links lead on', async ({ page, shell, logs }) => {
    await shell.open('/');
    await page.route(/split_logs\./, (route) => route.fulfill({ status: 404 }));
    const loaded = page.waitForEvent('load');
    await shell.tab('Logs').click();
    await loaded;
    await expect(page).toHaveURL(/\/logs$/);
    await expect(logs.catalogue).toContainText('All users');
    await expect(page.locator('html')).not.toHaveAttribute('data-hydrated', 'true');
    await shell.tab('Manage Users').click();
    await expect(shell.heading('Manage Users')).toBeVisible();
    await shell.hydrated();
  });
});

/** The pages whose own code was asked for, in order. */
function watchParts(page: Page): string[] {
  const parts: string[] = [];
  page.on('request', (request) => {
    const part = /\/split_(\w+)\.\w+\.wasm$/.exec(request.url())?.[1];
    if (part) parts.push(part);
  });
  return parts;
}
