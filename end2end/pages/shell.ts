// What stands round every page: header, tabs, run bar, messages.
import { expect, type Locator, type Page } from '@playwright/test';

export class Shell {
  readonly runAll: Locator;
  readonly runBar: Locator;
  readonly ended: Locator;
  readonly messages: Locator;
  readonly tabs: Locator;

  constructor(private readonly page: Page) {
    this.runAll = page.getByRole('button', { name: 'Run AutoSSL for All Users' });
    this.runBar = page.getByRole('region', { name: 'Run in progress' });
    this.ended = page.getByRole('region', { name: 'Last run' });
    this.messages = page.getByRole('status', { name: 'Messages' });
    this.tabs = page.getByRole('navigation', { name: 'Sections' });
  }

  /** Go to a page and wait until the WebAssembly has taken it over. */
  async open(path: string) {
    await this.page.goto(path);
    await this.hydrated();
  }

  tab(name: string): Locator {
    return this.tabs.getByRole('link', { name, exact: true });
  }

  /** The heading of the page. */
  heading(name: string): Locator {
    return this.page.getByRole('heading', { level: 1, name, exact: true });
  }

  async hydrated() {
    await expect(this.page.locator('html')).toHaveAttribute('data-hydrated', 'true');
  }

  async signOut() {
    await this.page.getByRole('banner').locator('summary').click();
    await this.page.getByRole('button', { name: 'Sign out' }).click();
  }
}
