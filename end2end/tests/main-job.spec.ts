// The main job, as the administrator sees it: press, watch, read, and look at what Apache serves.
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { demo } from '../support/demo';
import { expect, test } from '../support/test';

const BROKEN = ['shop.bob.test', 'blog.carol.test', 'old.dave.test', 'beta.erin.test'];

test('the plan tells what a run would do, and nothing is done', async ({ page, shell }) => {
  await shell.open('/');
  await page.getByRole('link', { name: 'Plan of the next run' }).click();
  await expect(page.getByRole('heading', { name: 'Plan for all users' })).toBeVisible();
  const row = page.getByRole('table', { name: 'Plan' }).getByRole('row').filter({ hasText: 'shop.bob.test' });
  await expect(row).toContainText('Order now');
  await expect(row).toContainText('without shop.bob.test');
  await expect(page.getByRole('region', { name: 'Sums' })).toContainText('50');
  await expect(shell.ended).toHaveCount(0);
});

test('the administrator runs AutoSSL for all users, watches, and reads why four names were left out', async ({
  page,
  shell,
  logs,
}) => {
  await shell.open('/');
  const loads = countLoads(page);
  await shell.runAll.click();
  await expect(shell.runBar).toContainText(/Checking all users/);
  await expect(shell.runBar).toContainText(/of 50 websites/);
  await expect(shell.ended).toContainText('50 issued', { timeout: 60_000 });
  await expect(shell.ended).toContainText('4 names left out');
  expect(loads(), 'progress comes without reloading').toBe(0);

  await shell.ended.getByRole('link', { name: 'Read log' }).click();
  await expect(logs.summary).toContainText('50 issued');
  for (const name of BROKEN) await expect(logs.line(`${name} would fail validation`)).toHaveCount(1);
  await expect(logs.line('alice.test: served for')).toHaveCount(1);

  const [text, json] = [await download('Text'), await download('JSON')];
  const records = json.trimEnd().split('\n').map((line) => JSON.parse(line));
  expect(text.trimEnd().split('\n')).toHaveLength(records.length);
  for (const record of records) expect(text).toContain(record.contents);

  async function download(form: 'Text' | 'JSON') {
    const waiting = page.waitForEvent('download');
    await logs.download(form).click();
    return readFileSync(await (await waiting).path(), 'utf8');
  }
});

test('Apache serves the new certificate to a client that trusts the CA', async () => {
  const { https_port: port, issuer_root: root } = demo();
  const names = await new Promise<string | undefined>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'alice.test', ca: root }, () => {
      resolve(socket.getPeerCertificate().subjectaltname);
      socket.end();
    });
    socket.once('error', reject);
  });
  expect(names).toContain('DNS:alice.test');
});

test('a second run keeps what is there', async ({ shell }) => {
  await shell.open('/');
  await shell.runAll.click();
  await expect(shell.ended).toContainText('50 kept', { timeout: 60_000 });
  await expect(shell.ended).not.toContainText('issued');
});

function countLoads(page: import('@playwright/test').Page) {
  let loads = 0;
  page.on('load', () => loads++);
  return () => loads;
}
