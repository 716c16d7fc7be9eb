// The `test` that every spec uses: fails a spec for any console error, page error or failed request that it did not expect.
import { test as base, expect, type Page } from '@playwright/test';
import { demo } from './demo';
import { DnsPage } from '../pages/dns';
import { Shell } from '../pages/shell';
import { UserPage } from '../pages/user';
import { UsersPage } from '../pages/users';
import { LogsPage } from '../pages/logs';
import { OptionsPage } from '../pages/options';
import { ProvidersPage } from '../pages/providers';
import { SignInPage } from '../pages/sign-in';

interface Fixtures {
  /** Problems that a spec causes on purpose: parts of their text. */
  expectedProblems: string[];
  shell: Shell;
  dns: DnsPage;
  user: UserPage;
  users: UsersPage;
  logs: LogsPage;
  options: OptionsPage;
  providers: ProvidersPage;
  signIn: SignInPage;
}

export const test = base.extend<Fixtures>({
  baseURL: async ({}, use) => use(demo().url),
  expectedProblems: async ({}, use) => use([]),
  page: async ({ page, expectedProblems, javaScriptEnabled }, use) => {
    const problems = watchProblems(page, javaScriptEnabled ?? true);
    await use(page);
    const unexpected = problems.filter((problem) => !expectedProblems.some((part) => problem.includes(part)));
    expect(unexpected, 'console errors, page errors and failed requests').toEqual([]);
  },
  shell: async ({ page }, use) => use(new Shell(page)),
  dns: async ({ page }, use) => use(new DnsPage(page)),
  user: async ({ page }, use) => use(new UserPage(page)),
  users: async ({ page }, use) => use(new UsersPage(page)),
  logs: async ({ page }, use) => use(new LogsPage(page)),
  options: async ({ page }, use) => use(new OptionsPage(page)),
  providers: async ({ page }, use) => use(new ProvidersPage(page)),
  signIn: async ({ page }, use) => use(new SignInPage(page)),
});

export { expect };

function watchProblems(page: Page, scripted: boolean): string[] {
  const problems: string[] = [];
  page.on('console', (message) => {
    // A page that is left while its WebAssembly is on its way says so; one that never gets it is not taken over, which specs wait for.
    if (message.text().includes('Response body loading was aborted')) return;
    if (['error', 'warning'].includes(message.type())) problems.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('requestfailed', (request) => {
    // Leaving a page ends its stream of events and whatever was still on its way.
    const failure = request.failure()?.errorText ?? '';
    // Where JavaScript is switched off, Chromium refuses to fetch it and gives this reason.
    const switchedOff = !scripted && failure === 'csp';
    if (failure !== 'net::ERR_ABORTED' && !switchedOff) problems.push(`request failed: ${request.url()} ${failure}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`response: ${response.status()} ${response.url()}`);
  });
  return problems;
}
