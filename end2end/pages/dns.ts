// The DNS zones.
import type { Locator, Page } from '@playwright/test';

export class DnsPage {
  readonly notice: Locator;
  readonly question: Locator;
  readonly record: Locator;

  constructor(private readonly page: Page) {
    this.notice = page.locator('p.notice[role=status]');
    this.question = page.getByRole('form', { name: 'Persistent record' });
    this.record = page.getByRole('region', { name: 'The record' });
  }

  row(zone: string): Locator {
    return this.page.getByRole('table', { name: 'DNS zones' }).getByRole('row', { name: zone });
  }

  card(zone: string): Locator {
    return this.page.getByRole('region', { name: zone, exact: true });
  }

  secretOf(zone: string): Locator {
    return this.card(zone).getByLabel(/^Key, as tsig-keygen/);
  }

  /** Show a zone in full. */
  async show(zone: string) {
    await this.page.getByRole('link', { name: zone, exact: true }).click();
  }

  async addAtNameServer(zone: string, server: string, key: string, how: { untested?: boolean } = {}) {
    await this.page.getByText('Add a zone at your own name server').click();
    const form = this.page.getByRole('form', { name: 'Add a zone: rfc2136' });
    await form.getByLabel(/^Zone, or the part/).fill(zone);
    await form.getByLabel(/^Primary server/).fill(server);
    await form.getByLabel(/^Key, as tsig-keygen/).fill(key);
    if (how.untested) await form.getByRole('checkbox', { name: 'Save it without trying it' }).check();
    await form.getByRole('button', { name: 'Try and add' }).click();
  }

  async tryIt(zone: string) {
    await this.card(zone).getByRole('button', { name: 'Try it' }).click();
  }

  async remove(zone: string) {
    await this.card(zone).getByText('Remove…').click();
    await this.card(zone).getByRole('button', { name: 'Remove the zone' }).click();
  }
}
