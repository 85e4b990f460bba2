// The base image of a node: a recipe, the digest that names its result, and the build by
// mmdebstrap and docker import. It holds no identity: keys and machine id come with each node.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { ClusterError } from '../agent/src/errors.ts'
import { $ } from './command.ts'
import { ensureKeyring } from './keyring.ts'
import { type Distribution, mirrorFor } from './mirror.ts'
import { ensurePrograms } from './programs.ts'
import { say } from './say.ts'
import { ROOT } from './site.ts'

interface Base {
  readonly distribution: Distribution
  readonly suite: string
  readonly components: string
}

/** The values of LAB_BASE. */
const BASES: Readonly<Record<string, Base>> = {
  debian13: {
    distribution: 'debian',
    suite: 'trixie',
    components: 'main',
  },
  debian12: {
    distribution: 'debian',
    suite: 'bookworm',
    components: 'main',
  },
  ubuntu2404: {
    distribution: 'ubuntu',
    suite: 'noble',
    components: 'main,universe',
  },
}

export const DEFAULT_BASE = 'debian13'

const ANSWER_LIMIT_SECONDS = 10

// python3 and python3-apt are for Ansible beside us; our own engine needs sshd and /bin/sh.
const PACKAGES = [
  'systemd-sysv',
  'dbus',
  'openssh-server',
  'python3',
  'python3-apt',
  'sudo',
  'iproute2',
  'nftables',
  'wireguard-tools',
  'wireguard-go',
  'procps',
  'iputils-ping',
  'ca-certificates',
  'libfaketime',
]

const UNREAD = ['doc', 'info', 'locale', 'man'].map((name) => `path-exclude=/usr/share/${name}/*`)

/** Run in the new root as the last step; `$1` is its path. */
const CUSTOMIZE = [
  'chroot "$1" useradd --create-home --shell /bin/bash ops',
  'chroot "$1" systemctl enable ssh.service lab-devices.service',
  'chroot "$1" systemctl disable ssh.socket',
  'chroot "$1" systemctl mask sshd-keygen.service apt-daily.timer apt-daily-upgrade.timer',
  'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/hostname "$1"/etc/resolv.conf',
  ': > "$1"/etc/machine-id',
  'chmod 0440 "$1"/etc/sudoers.d/ops',
]

const ROOTFS = join(import.meta.dirname, 'rootfs')

/** `cluster-os-lab:BASE-DIGEST`; the digest covers everything but the mirror. */
function imageTag(baseName: string): string {
  const base = baseOf(baseName)
  const files = filesUnder(ROOTFS).map((path) => [
    relative(ROOTFS, path),
    readFileSync(path, 'utf8'),
  ])
  const recipe = JSON.stringify([base, PACKAGES, UNREAD, CUSTOMIZE, files])
  const digest = createHash('sha256').update(recipe).digest('hex').slice(0, 12)
  return `cluster-os-lab:${baseName}-${digest}`
}

async function isThere(tag: string): Promise<boolean> {
  const asked = await $({ nothrow: true })`docker image inspect --format ${'{{.Id}}'} ${tag}`
  return asked.exitCode === 0
}

/** Whether the image is there or its archive answers, so that it can be made. */
export async function isWithinReach(baseName: string): Promise<boolean> {
  if (await isThere(imageTag(baseName))) return true
  const { distribution, suite } = baseOf(baseName)
  await ensurePrograms({ curl: 'curl' })
  const url = `${mirrorFor(distribution)}/dists/${suite}/Release`
  const limit = ['--max-time', String(ANSWER_LIMIT_SECONDS)]
  return (await $({ nothrow: true })`curl -fsIL ${limit} ${url}`).exitCode === 0
}

/** The tag of the image, built when it is not there. */
export async function ensureImage(baseName: string): Promise<string> {
  const tag = imageTag(baseName)
  if (await isThere(tag)) return tag
  const base = baseOf(baseName)
  await ensurePrograms({ mmdebstrap: 'mmdebstrap' })
  const mirror = mirrorFor(base.distribution)
  const keyring = await ensureKeyring(base.distribution, mirror)
  say(`building the base image ${tag} by mmdebstrap, about a minute`)
  // By way of a file: half an image, from a build that was interrupted, must not get the name.
  const file = join(ROOT, '.cache', `${tag.replace(':', '-')}.tar`)
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  try {
    const options = mmdebstrapArguments(base, keyring)
    const building = $({ nothrow: true })`mmdebstrap ${options} ${base.suite} ${file} ${mirror}`
    for await (const line of createInterface(building.stderr)) {
      if (/^I: (?:running apt|downloading|extracting|installing|creating)/.test(line)) {
        say(line.slice('I: '.length))
      }
    }
    const built = await building
    if (built.exitCode !== 0) throw buildError(baseName, built.stderr)
    await $`docker import ${file} ${tag}`
  } finally {
    rmSync(file, { force: true })
  }
  return tag
}

function buildError(baseName: string, stderr: string): ClusterError {
  console.error(stderr.trimEnd().split('\n').slice(-20).join('\n'))
  return new ClusterError('LAB', `the base image ${baseName} could not be built`, {
    hint: 'does the archive answer? LAB_MIRROR=URL gives another one',
  })
}

function mmdebstrapArguments(base: Base, keyring: string): string[] {
  return [
    '--variant=apt',
    `--components=${base.components}`,
    `--keyring=${keyring}`,
    `--include=${PACKAGES.join(',')}`,
    '--aptopt=Acquire::Languages "none"',
    ...UNREAD.map((option) => `--dpkgopt=${option}`),
    `--customize-hook=sync-in ${ROOTFS} /`,
    ...CUSTOMIZE.map((command) => `--customize-hook=${command}`),
  ]
}

function baseOf(name: string): Base {
  const base = BASES[name]
  if (base !== undefined) return base
  throw new ClusterError('LAB', `no base is called ${name}`, {
    hint: `LAB_BASE is one of ${Object.keys(BASES).join(', ')}`,
  })
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesUnder(path) : [path]))
}
