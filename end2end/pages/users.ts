// Manage Users.
import type { Locator, Page } from '@playwright/test';

export class UsersPage {
  readonly table: Locator;
  readonly selection: Locator;
  readonly search: Locator;

  constructor(private readonly page: Page) {
    this.table = page.getByRole('table', { name: 'Users' });
    this.selection = page.getByRole('form', { name: 'Selected users' });
    this.search = page.getByRole('searchbox', { name: 'Search users and domains' });
  }

  /** The body rows. */
  get rows() {
    return this.table.locator('tbody').getByRole('row');
  }

  /** The row of one user. */
  row(name: string) {
    return this.rows.filter({ has: this.page.getByRole('link', { name, exact: true }) });
  }

  /** The names on this page, in order. */
  names() {
    return this.table.locator('a.row-name');
  }

  async tick(...names: string[]) {
    for (const name of names) await this.page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).click();
  }

  /** Cells by what they say: the feature list's setting, the override, the result. */
  cell(name: string, column: 'Feature list' | 'Override' | 'AutoSSL') {
    return this.row(name).locator(`td[data-label="${column}"]`);
  }

  async choose(verb: 'Enable' | 'Disable' | 'Reset') {
    await this.selection.getByRole('button', { name: verb }).click();
  }
}
