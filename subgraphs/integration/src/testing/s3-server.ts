import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@flowmesh/platform/testing';
import { freePort } from './redis-server.ts';

export interface S3Server {
  readonly url: string;
  stop(): Promise<void>;
}

export interface S3ServerOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly buckets: readonly string[];
}

/**
 * The server keeps its accounts in a module. Of the path that was signed it forgets the slash at the end, which the SDK
 * writes when it asks for a list, and would refuse every list.
 */
const PROGRAM = `
  const { folder, port, accessKeyId, secretAccessKey, buckets } = JSON.parse(process.argv[1]);
  const S3rver = require('@20minutes/s3rver');
  require('@20minutes/s3rver/lib/models/account').DUMMY_ACCOUNT.createKeyPair(accessKeyId, secretAccessKey);
  const v4 = require('@20minutes/s3rver/lib/signature/v4');
  const { getStringToSign } = v4;
  v4.getStringToSign = (request, signature) => {
    const isList = request.querystring.includes('list-type=2');
    return getStringToSign({ ...request, uri: isList ? request.uri + '/' : request.uri }, signature);
  };
  new S3rver({
    address: '127.0.0.1', port, silent: true, directory: folder, serviceEndpoint: 'localhost',
    configureBuckets: buckets.map((name) => ({ name, configs: [] })),
  }).run();
`;

/** A server that is compatible with S3, and checks signatures, in a process of its own. */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'flowmesh-s3-'));
  const argument = JSON.stringify({ folder, port, ...options });
  // Of a cipher that OpenSSL calls an old one it makes where a page of a list ends.
  const flags = ['--openssl-legacy-provider', '--input-type=commonjs', '--eval', PROGRAM, argument];
  const child = spawn(process.execPath, flags, {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await until('the S3 server answers', async () => (await fetch(url)).status > 0);
  return {
    url,
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}
