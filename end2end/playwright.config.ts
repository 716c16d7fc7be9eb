// Drives the real server, started once as `autossl demo`, in Debian's Chromium.
import { defineConfig } from '@playwright/test';

const session = 'test-results/session.json';
const executablePath = process.env.AUTOSSL_CHROMIUM ?? '/usr/bin/chromium';

export default defineConfig({
  testDir: './tests',
  // One server, one database: specs share what runs leave behind.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [['list']],
  globalSetup: './support/demo.ts',
  use: {
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'sign-in', testMatch: 'sign-in.spec.ts' },
    { name: 'main job', testMatch: 'main-job.spec.ts', dependencies: ['sign-in'], use: { storageState: session } },
    {
      name: 'browser',
      testMatch: [
        'users.spec.ts', 'inventory.spec.ts', 'options.spec.ts', 'providers.spec.ts', 'dns.spec.ts', 'logs.spec.ts',
        'accessibility.spec.ts', 'hydration.spec.ts', 'lazy.spec.ts',
      ],
      dependencies: ['main job'],
      use: { storageState: session },
    },
    {
      name: 'no javascript',
      testMatch: 'no-javascript.spec.ts',
      dependencies: ['main job'],
      use: { javaScriptEnabled: false },
    },
  ],
});
