// Changes the key of one client system, by itself: makes a new key, has the old one vouch for it, tries
// it, and puts its file in the place of the old one.
//
//   rotate.js CREDENTIALS [SECONDS]
//
// The old key counts for SECONDS (an hour unless said otherwise), for programs that have read it. What was
// interrupted goes on when it is run again: the new key waits in a file beside the old one.

import { access, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { Client, CredentialsRefused, SigningKey, TongxingError, type Credentials } from 'tongxing-client';
import { readCredentials } from 'tongxing-client/node';

const OVERLAP_SECONDS = 3_600;

/** In one step: half a key must not be found there after a crash. */
async function writeNewKey(file: string): Promise<void> {
  const key = await SigningKey.generate();
  const writing = await open(`${file}.half`, 'w', 0o600);
  await writing.writeFile(await key.toPem());
  await writing.sync();
  await writing.close();
  await rename(`${file}.half`, file);
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** The keys of the client, if the hub tells. */
async function changed(own: Credentials, key: SigningKey, overlapSeconds: number): Promise<unknown> {
  try {
    return await new Client(own).changeKey(key, { overlapSeconds });
  } catch (fault) {
    if (!(fault instanceof CredentialsRefused && fault.error === 'invalid_client')) throw fault;
    // The old key may have ended, if an earlier run was interrupted; the new one says so.
    return [];
  }
}

async function rotate(file: string, overlap: number): Promise<void> {
  const { key: name } = JSON.parse(await readFile(file, 'utf8')) as { key: string };
  const keyFile = join(dirname(file), name);
  const nextFile = `${keyFile}.next`;
  if (!(await exists(nextFile))) await writeNewKey(nextFile);
  const own = await readCredentials(file);
  const key = await SigningKey.read(await readFile(nextFile, 'utf8'));
  const keys = await changed(own, key, overlap);
  await new Client({ ...own, key }).token(); // the old key stays unless the hub takes the new one
  await rename(nextFile, keyFile);
  console.log(JSON.stringify({ act: 'rotate', kid: key.thumbprint, keys }));
}

try {
  await rotate(process.argv[2] ?? '', Number(process.argv[3] ?? OVERLAP_SECONDS));
} catch (fault) {
  if (!(fault instanceof TongxingError)) throw fault;
  console.error(`the hub refuses: ${fault.message}`);
  process.exitCode = 1;
}
