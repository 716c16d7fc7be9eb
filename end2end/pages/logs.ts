// Logs: the catalogue and one log.
import type { Locator, Page } from '@playwright/test';

export class LogsPage {
  readonly catalogue: Locator;
  readonly log: Locator;
  readonly summary: Locator;

  constructor(private readonly page: Page) {
    this.catalogue = page.getByRole('table', { name: 'Runs' });
    this.log = page.getByRole('log', { name: 'Log' });
    this.summary = page.locator('p.summary');
  }

  /** Choose the newest log in the menu and view it. */
  async viewNewest() {
    await this.page.getByRole('button', { name: 'View Log' }).click();
  }

  line(text: string) {
    return this.log.locator('.line').filter({ hasText: text });
  }

  download(form: 'Text' | 'JSON') {
    return this.page.getByRole('link', { name: form, exact: true });
  }
}
