// Starts `autossl demo` for the whole suite and ends it afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What `autossl demo --ready-file` tells. */
export interface Demo {
  url: string;
  user: string;
  password: string;
  http_port: number;
  https_port: number;
  config: string;
  issuer_root: string;
}

const HERE = import.meta.dirname;
const PATIENCE_MS = 60_000;

/** The running demo, for specs. */
export function demo(): Demo {
  return JSON.parse(process.env.AUTOSSL_DEMO ?? '{}');
}

export default async function start(): Promise<() => Promise<void>> {
  const target = process.env.CARGO_TARGET_DIR ?? join(HERE, '../../target');
  const program = process.env.AUTOSSL_PROGRAM ?? join(target, 'debug/autossl');
  const home = mkdtempSync(join(tmpdir(), 'autossl-end2end-'));
  const ready = join(home, 'ready.json');
  mkdirSync(join(HERE, '../test-results'), { recursive: true });
  const log = openSync(join(HERE, '../test-results/demo.log'), 'w');
  const child = spawn(program, ['demo', '--port', '0', '--ready-file', ready], {
    cwd: join(HERE, '../..'),
    stdio: ['ignore', log, log],
  });
  await new Promise<void>((resolve, reject) => {
    const watcher = watch(home, look);
    const timer = setTimeout(() => done(new Error(`the demo was not ready within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    child.once('exit', (code) => done(new Error(`the demo ended with ${code}; see end2end/test-results/demo.log`)));
    child.once('error', done);
    function look() {
      if (existsSync(ready)) done();
    }
    function done(error?: Error) {
      watcher.close();
      clearTimeout(timer);
      child.removeAllListeners();
      if (error) {
        child.kill('SIGKILL');
        reject(error);
      } else resolve();
    }
    look();
  });
  process.env.AUTOSSL_DEMO = readFileSync(ready, 'utf8');
  return async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const [code] = await ended;
    rmSync(home, { recursive: true });
    if (code !== 0) throw new Error(`the demo ended with ${code}; see end2end/test-results/demo.log`);
  };
}
