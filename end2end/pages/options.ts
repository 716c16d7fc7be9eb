// Options.
import type { Locator, Page } from '@playwright/test';

export class OptionsPage {
  readonly form: Locator;
  readonly foreign: Locator;
  readonly evAndOv: Locator;
  readonly readd: Locator;

  constructor(page: Page) {
    this.form = page.getByRole('form', { name: 'Options' });
    this.foreign = this.form.getByRole('checkbox', { name: 'Replace certificates of others' });
    this.evAndOv = this.form.getByRole('checkbox', { name: 'Replace EV and OV certificates, too' });
    this.readd = this.form.getByRole('spinbutton', { name: 'Orders for names that pass again' });
  }

  async save() {
    await this.form.getByRole('button', { name: 'Save' }).click();
  }

  /** What stands below an option. */
  about(key: string) {
    return this.form.locator('section').filter({ has: this.form.page().getByText(key, { exact: true }) });
  }
}
