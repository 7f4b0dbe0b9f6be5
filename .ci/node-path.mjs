// Prints the folder of a Node, which npm has as a package for Linux: the one that .nvmrc names, or with `oldest` the
// oldest that is supported. Fetched once, kept between runs. Where there is none it says so, and prints nothing: the tests
// then run on the Node that is there.
//
// It is not a dependency of the product: its `node` would stand before everybody's own in every npm script.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PACKAGES = new Set(['linux-x64', 'linux-arm64']);
const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8').trim();
const oldestSupported = () => JSON.parse(read('package.json')).engines.node.replace('>=', '');
const wanted = process.argv[2] === 'oldest' ? oldestSupported() : read('.nvmrc');
const system = `${process.platform}-${process.arch}`;
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'flowmesh');
const folder = join(cache, `node-${wanted}-${system}`);

/** npm compares what it gets with the checksum of the registry. */
function fetchInto(target) {
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetching-'));
  try {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', `node-${system}@${wanted}`, '--json', '--pack-destination', work], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    execFileSync('tar', ['-xzf', join(work, packed.filename), '-C', work, 'package/bin/node']);
    renameSync(join(work, 'package'), target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.versions.node === wanted) {
  process.stderr.write(`This is Node ${wanted} already.\n`);
} else if (!PACKAGES.has(system)) {
  process.stderr.write(`npm has no Node ${wanted} for ${system}: its tests run on ${process.versions.node}.\n`);
} else {
  if (!existsSync(join(folder, 'bin/node'))) fetchInto(folder);
  process.stdout.write(join(folder, 'bin'));
}
