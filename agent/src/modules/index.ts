// The list of modules. A module is one file and one line here; docs, completion, lint and the
// editor's schema follow. Not here: `meta`, includes and imports, which are the play's own.
import { alternatives } from './alternatives.ts'
import { aptKey } from './aptkey.ts'
import { aptRepository } from './aptrepository.ts'
import { validateArgumentSpec } from './argspec.ts'
import { assemble } from './assemble.ts'
import { asyncStatus } from './asyncstatus.ts'
import { authorizedKey } from './authorizedkey.ts'
import { blockinfile } from './blockinfile.ts'
import { command, raw, shell } from './command.ts'
import { copy } from './copy.ts'
import { cron } from './cron.ts'
import { deb822Repository } from './deb822.ts'
import { dnf, yum } from './dnf.ts'
import { fetch } from './fetch.ts'
import { file } from './file.ts'
import { find } from './find.ts'
import { getent } from './getent.ts'
import { getUrl } from './geturl.ts'
import { git } from './git.ts'
import { group } from './group.ts'
import { hostname } from './hostname.ts'
import { iniFile } from './inifile.ts'
import { iptables } from './iptables.ts'
import { knownHosts } from './knownhosts.ts'
import { lineinfile } from './lineinfile.ts'
import { localeGen } from './localegen.ts'
import { assert, debug, fail } from './messages.ts'
import { modprobe } from './modprobe.ts'
import type { Module } from './module.ts'
import { mount } from './mount.ts'
import { opensshKeypair } from './opensshkeypair.ts'
import { apt } from './package.ts'
import { packageModule } from './packageany.ts'
import { packageFacts } from './packagefacts.ts'
import { pamd } from './pamd.ts'
import { pamLimits } from './pamlimits.ts'
import { ping } from './ping.ts'
import { pip } from './pip.ts'
import { reboot } from './reboot.ts'
import { replace } from './replace.ts'
import { script } from './script.ts'
import { service, systemd, systemdService } from './service.ts'
import { serviceFacts } from './servicefacts.ts'
import { setup } from './setup.ts'
import { slurp } from './slurp.ts'
import { stat } from './stat.ts'
import { sysctl } from './sysctl.ts'
import { tempfile } from './tempfile.ts'
import { template } from './template.ts'
import { timezone } from './timezone.ts'
import { unarchive } from './unarchive.ts'
import { uri } from './uri.ts'
import { user } from './user.ts'
import { includeVars, setFact } from './variables.ts'
import { waitFor } from './waitfor.ts'
import { waitForConnection } from './waitforconnection.ts'

const LIST: readonly Module[] = [
  alternatives,
  apt,
  aptKey,
  aptRepository,
  assemble,
  assert,
  asyncStatus,
  authorizedKey,
  blockinfile,
  command,
  copy,
  cron,
  deb822Repository,
  debug,
  dnf,
  fail,
  fetch,
  file,
  find,
  getent,
  getUrl,
  git,
  group,
  hostname,
  includeVars,
  iniFile,
  iptables,
  knownHosts,
  lineinfile,
  localeGen,
  modprobe,
  mount,
  opensshKeypair,
  packageFacts,
  packageModule,
  pamd,
  pamLimits,
  ping,
  pip,
  raw,
  reboot,
  replace,
  script,
  service,
  serviceFacts,
  setFact,
  setup,
  shell,
  slurp,
  stat,
  sysctl,
  systemd,
  systemdService,
  tempfile,
  template,
  timezone,
  unarchive,
  uri,
  user,
  validateArgumentSpec,
  waitFor,
  waitForConnection,
  yum,
]

export const MODULES: ReadonlyMap<string, Module> = new Map(
  LIST.map((module) => [module.name, module]),
)

/** Collections whose modules are here. */
export const PREFIXES = [
  'ansible.builtin.',
  'ansible.legacy.',
  'ansible.posix.',
  'community.crypto.',
  'community.general.',
]

/** The module of a name, which may be a fully qualified one. */
export function findModule(name: string): Module | undefined {
  const prefix = PREFIXES.find((start) => name.startsWith(start)) ?? ''
  return MODULES.get(name.slice(prefix.length))
}
