// Every page, by axe, in light and in dark, wide and on a phone.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../support/test';

const PAGES = [
  '/', '/users', '/users?q=nobody-has-this-name', '/users/bob', '/plan?user=bob',
  '/providers', '/providers?show=zerossl', '/providers?show=_none', '/dns', '/dns?record=alice.test', '/services', '/options', '/logs',
];

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    test(`no page has a barrier in ${colorScheme} colours at ${width} pixels`, async ({ page, shell, logs }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      for (const path of PAGES) {
        await shell.open(path);
        expect(await barriers(page), path).toEqual([]);
      }
      await logs.catalogue.getByRole('link').first().click();
      await expect(logs.log).toBeVisible();
      expect(await barriers(page), 'a log').toEqual([]);
      await page.context().clearCookies();
      await page.goto('/login');
      expect(await barriers(page), '/login').toEqual([]);
    });
  }
}

async function barriers(page: import('@playwright/test').Page) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}
