// A user's page.
import type { Page } from '@playwright/test';

export class UserPage {
  constructor(private readonly page: Page) {}

  /** The part of one website. */
  website(domain: string) {
    return this.page.getByRole('region', { name: domain, exact: true });
  }

  /** The names of a website, in order. */
  names(domain: string) {
    return this.website(domain).getByRole('table', { name: 'Names' }).locator('td.title');
  }

  async addWebsite(domain: string, others: string) {
    await this.unfold(this.page.locator('details', { hasText: 'Add a website' }), 'Add a website');
    await this.page.getByLabel('Domain', { exact: true }).fill(domain);
    await this.page.getByLabel('Other names').fill(others);
    await this.page.getByRole('button', { name: 'Add website' }).click();
  }

  async addName(domain: string, name: string) {
    const website = this.website(domain);
    await this.unfold(website.locator('details').first(), 'Change names');
    await website.getByLabel('Name to add').fill(name);
    await website.getByRole('button', { name: 'Add name' }).click();
  }

  async removeName(domain: string, name: string) {
    const website = this.website(domain);
    await this.unfold(website.locator('details').first(), 'Change names');
    await website.getByLabel('Name to remove').selectOption(name);
    await website.getByRole('button', { name: 'Remove name' }).click();
  }

  async removeWebsite(domain: string) {
    const website = this.website(domain);
    await this.unfold(website.locator('details').first(), 'Change names');
    await this.unfold(website.locator('details details'), 'Remove website…');
    await website.getByRole('button', { name: 'Remove website' }).click();
  }

  private async unfold(fold: ReturnType<Page['locator']>, title: string) {
    if ((await fold.getAttribute('open')) === null) await fold.getByText(title, { exact: true }).click();
  }
}
