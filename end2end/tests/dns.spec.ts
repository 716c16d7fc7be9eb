// DNS zones: listing, adding with a trial, changing, removing, and the record that stays.
import { expect, test } from '../support/test';

test('a zone that does not work is not saved, and the reason is told', async ({ page, shell, dns }) => {
  await shell.open('/providers');
  await page.getByRole('link', { name: 'DNS zones' }).click();
  await expect(shell.heading('DNS zones')).toBeVisible();
  await dns.addAtNameServer('broken.test', '127.0.0.1:1', KEY);
  await expect(dns.notice).toContainText('DNS zone broken.test was tried and is not saved');
  await expect(dns.row('broken.test')).toHaveCount(0);
});

test('a zone is saved untested, tried, changed and removed, and its secret is never shown', async ({ page, shell, dns }) => {
  await shell.open('/dns');
  await dns.addAtNameServer('later.test', '127.0.0.1:1', KEY, { untested: true });
  await expect(dns.notice).toContainText('saved without a trial');
  await expect(dns.row('later.test')).toContainText('Never tried');
  await dns.show('later.test');
  await expect(dns.card('later.test')).toContainText('autossl, hmac-sha256; the secret is set');
  expect(await page.content()).not.toContain(SECRET);

  await dns.tryIt('later.test');
  await expect(dns.notice).toContainText('DNS zone later.test does not work');
  await dns.show('later.test');
  await expect(dns.row('later.test')).toContainText('Failed');
  await expect(dns.secretOf('later.test')).toHaveValue('');

  await dns.remove('later.test');
  await expect(dns.notice).toContainText('The DNS zone is removed, with its secret.');
  await expect(dns.row('later.test')).toHaveCount(0);
});

test('commands are not offered unless the configuration allows them', async ({ page, shell }) => {
  await shell.open('/dns');
  await expect(page.getByText('Zones that a command changes are added on the command line')).toBeVisible();
  await expect(page.getByText('Add a zone that a command changes')).toHaveCount(0);
});

test('the record that validates a domain for long is shown', async ({ page, shell, dns }) => {
  await shell.open('/users/alice');
  await page.getByRole('link', { name: 'A DNS record that validates this domain for long' }).first().click();
  await expect(page).toHaveURL(/\/dns\?record=/);
  await expect(dns.record).toContainText('_validation-persist.alice.test');
  await expect(dns.record).toContainText('accounturi=https://');
  await dns.question.getByRole('checkbox', { name: 'For wildcards' }).check();
  await dns.question.getByRole('button', { name: 'Show the record' }).click();
  await expect(dns.record).toContainText('policy=wildcard');
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a zone is added and removed by plain forms', async ({ page, dns }) => {
    await page.goto('/dns');
    await dns.addAtNameServer('plain.test', '127.0.0.1:1', KEY, { untested: true });
    await expect(dns.row('plain.test')).toBeVisible();
    await dns.show('plain.test');
    await dns.remove('plain.test');
    await expect(dns.row('plain.test')).toHaveCount(0);
  });
});

const SECRET = '4tomw4aOAVnexkyKMWTYFthBvzxgjZkOkAKp2Xpk4Qs=';
const KEY = `key "autossl" { algorithm hmac-sha256; secret "${SECRET}"; };`;
