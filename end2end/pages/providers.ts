// Providers.
import type { Locator, Page } from '@playwright/test';

export class ProvidersPage {
  readonly table: Locator;
  /** The provider that is shown in full. */
  readonly card: Locator;
  readonly agree: Locator;
  readonly save: Locator;
  readonly keyId: Locator;
  readonly macKey: Locator;
  readonly contact: Locator;

  constructor(private readonly page: Page) {
    this.table = page.getByRole('table', { name: 'Providers' });
    this.card = page.locator('section[aria-labelledby="provider"]');
    this.agree = this.card.getByRole('checkbox', { name: /I have read/ });
    this.save = this.card.getByRole('button', { name: 'Save provider' });
    this.keyId = this.card.getByLabel('Key identifier');
    this.macKey = this.card.getByLabel(/^MAC key/);
    this.contact = this.card.getByLabel(/^E-mail address/);
  }

  row(name: string | RegExp) {
    return this.table.getByRole('row', { name });
  }

  /** A fact of a provider, as the comparison has it. */
  fact(name: string | RegExp, column: string) {
    return this.row(name).locator(`td[data-label="${column}"]`);
  }

  async show(name: string) {
    await this.table.getByRole('link', { name, exact: true }).click();
  }

  heading(name: string) {
    return this.card.getByRole('heading', { level: 2, name, exact: true });
  }

  /** The bars of what is left of the limits. */
  gauge(limit: string | RegExp) {
    return this.card.getByRole('img', { name: limit });
  }

  async testConnection() {
    await this.card.getByRole('button', { name: 'Test the connection' }).click();
  }

  /** What stands below a field that was wrong. */
  mistake(field: string) {
    return this.page.locator(`#wrong-${field}`);
  }

  async add(directory: string, id: string) {
    await this.page.getByLabel('Directory URL').last().fill(directory);
    await this.page.getByLabel(/^Short name/).fill(id);
    await this.page.getByRole('button', { name: 'Add', exact: true }).click();
  }
}
