// The base image of a node: a recipe, the digest that names its result, and the build by
// mmdebstrap and docker import. It holds no identity: keys and machine id come with each node.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ClusterError } from '../agent/src/errors.ts'
import { $ } from './command.ts'
import { type Distribution, mirrorFor } from './mirror.ts'
import { ensurePrograms } from './programs.ts'
import { say } from './say.ts'

interface Base {
  readonly distribution: Distribution
  readonly suite: string
  readonly components: string
  readonly keyring: readonly [file: string, packageName: string]
}

const DEBIAN_KEYRING = [
  '/usr/share/keyrings/debian-archive-keyring.gpg',
  'debian-archive-keyring',
] as const
const UBUNTU_KEYRING = [
  '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
  'ubuntu-archive-keyring',
] as const

/** The values of LAB_BASE. */
export const BASES: Readonly<Record<string, Base>> = {
  debian13: {
    distribution: 'debian',
    suite: 'trixie',
    components: 'main',
    keyring: DEBIAN_KEYRING,
  },
  debian12: {
    distribution: 'debian',
    suite: 'bookworm',
    components: 'main',
    keyring: DEBIAN_KEYRING,
  },
  ubuntu2404: {
    distribution: 'ubuntu',
    suite: 'noble',
    components: 'main,universe',
    keyring: UBUNTU_KEYRING,
  },
}

export const DEFAULT_BASE = 'debian13'

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
export function imageTag(baseName: string): string {
  const base = baseOf(baseName)
  const files = filesUnder(ROOTFS).map((path) => [
    relative(ROOTFS, path),
    readFileSync(path, 'utf8'),
  ])
  const recipe = JSON.stringify([base, PACKAGES, UNREAD, CUSTOMIZE, files])
  const digest = createHash('sha256').update(recipe).digest('hex').slice(0, 12)
  return `cluster-os-lab:${baseName}-${digest}`
}

/** The tag of the image, built when it is not there. */
export async function ensureImage(baseName: string): Promise<string> {
  const tag = imageTag(baseName)
  const found = await $({ nothrow: true })`docker image inspect --format ${'{{.Id}}'} ${tag}`
  if (found.exitCode === 0) return tag
  const base = baseOf(baseName)
  const [keyring, keyringPackage] = base.keyring
  await ensurePrograms({ mmdebstrap: 'mmdebstrap', [keyring]: keyringPackage })
  const mirror = mirrorFor(base.distribution)
  say(`building the base image ${tag} by mmdebstrap, about a minute`)
  const built = await $({
    nothrow: true,
  })`mmdebstrap ${mmdebstrapArguments(base)} ${base.suite} - ${mirror} | docker import - ${tag}`
  if (built.exitCode === 0) return tag
  console.error(built.stderr.trimEnd().split('\n').slice(-20).join('\n'))
  throw new ClusterError('LAB', `the base image ${baseName} could not be built`, {
    hint: `does the archive answer? another one is given by LAB_MIRROR=URL`,
  })
}

function mmdebstrapArguments(base: Base): string[] {
  return [
    '--variant=apt',
    `--components=${base.components}`,
    `--keyring=${base.keyring[0]}`,
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
