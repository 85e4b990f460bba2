// The keys by which an archive is believed: from the machine's own packages, or, where Debian has
// no package with Ubuntu's keys, from Ubuntu's package of a known digest.
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClusterError } from '../agent/src/errors.ts'
import { $ } from './command.ts'
import type { Distribution } from './mirror.ts'
import { ensurePrograms } from './programs.ts'

const FOLDER = '/usr/share/keyrings'

// It holds F6ECB3762474EDA9D21B7022871920D1991BC93C, which signs Ubuntu since 2018.
const UBUNTU_PACKAGE = {
  path: 'pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb',
  sha256: '36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8',
}

/** The path of the keyring file for the distribution's archive. */
export async function ensureKeyring(distribution: Distribution, mirror: string): Promise<string> {
  const own = `${FOLDER}/${distribution}-archive-keyring.gpg`
  if (existsSync(own)) return own
  if (distribution === 'ubuntu') return unpackUbuntuKeyring(mirror)
  await ensurePrograms({ [own]: 'debian-archive-keyring' })
  return own
}

async function unpackUbuntuKeyring(mirror: string): Promise<string> {
  await ensurePrograms({ curl: 'curl' })
  // Not in the project's folder: apt reads it as a user who may not enter there.
  const folder = mkdtempSync(join(tmpdir(), 'cluster-os-keyring-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)
  const file = join(folder, 'ubuntu-keyring.deb')
  const url = `${mirror}/${UBUNTU_PACKAGE.path}`
  const fetched = await $({ nothrow: true })`curl -fsSL --max-time 60 -o ${file} ${url}`
  if (fetched.exitCode !== 0) {
    throw new ClusterError('LAB', 'the archive of Ubuntu does not answer', {
      hint: 'LAB_MIRROR=URL gives another one',
    })
  }
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex')
  if (digest !== UBUNTU_PACKAGE.sha256) {
    throw new ClusterError('LAB', `${UBUNTU_PACKAGE.path} is not what it was: sha256 ${digest}`, {
      hint: 'try another archive by LAB_MIRROR=URL; it must not be believed as it is',
    })
  }
  await $`dpkg-deb -x ${file} ${folder}`
  return join(folder, FOLDER, 'ubuntu-archive-keyring.gpg')
}
