// What the lab test of plans moves between plan and apply, one row a kind: how it is moved, how it
// is put back, and the words that a refusal must have. Not here: the test (plan.test.ts).

export interface Move {
  readonly what: string
  /** A script for the node. */
  readonly there?: string
  readonly back?: string
  /** A file beside the playbook, and what becomes of it. */
  readonly file?: string
  readonly edit?: (text: string) => string
  readonly args?: readonly string[]
  readonly named: RegExp
}

/** The node before the first plan. */
export const PREPARE = `set -e
mkdir -p /srv/plan /etc/ansible/facts.d /etc/cron.d
echo '{"colour": "blue"}' > /etc/ansible/facts.d/plan.fact
echo as-it-was > /srv/plan/state; touch /srv/plan/created
mount -o remount,rw /proc/sys`

const ACCOUNTS = '/etc/passwd /etc/shadow /etc/group /etc/gshadow'
const keep = (paths: string): string =>
  `for f in ${paths}; do cp -p "$f" "/root/$(basename "$f").kept"; done; `
const give = (paths: string): string =>
  `for f in ${paths}; do cp -p "/root/$(basename "$f").kept" "$f"; done`

/** A change of the accounts, and the files of before in their place. */
function account(what: string, script: string, named: RegExp): Move {
  return { what, there: `${keep(ACCOUNTS)}${script}`, back: give(ACCOUNTS), named }
}

const STATUS = '/var/lib/dpkg/status'

function packages(what: string, script: string, named: RegExp): Move {
  return { what, there: `${keep(STATUS)}${script}`, back: give(STATUS), named }
}

/** A file of the node, edited and put back. */
function there(what: string, path: string, script: string, named: RegExp): Move {
  return { what, there: `${keep(path)}${script}`, back: give(path), named }
}

const MODE = /a: path \/srv\/plan\/plain .*was file 0640 root:root, is file/

const HOST: readonly Move[] = [
  there('content', '/srv/plan/conf', 'echo x >> /srv/plan/conf', /a: sha1 of \/srv\/plan\/conf/),
  {
    what: 'mode',
    there: 'chmod 600 /srv/plan/plain',
    back: 'chmod 640 /srv/plan/plain',
    named: MODE,
  },
  {
    what: 'owner',
    there: 'chown 1 /srv/plan/plain',
    back: 'chown 0 /srv/plan/plain',
    named: MODE,
  },
  {
    what: 'group',
    there: 'chgrp 1 /srv/plan/plain',
    back: 'chgrp 0 /srv/plan/plain',
    named: MODE,
  },
  {
    what: 'a file is gone',
    there: 'mv /srv/plan/conf /root/conf.kept',
    back: 'mv /root/conf.kept /srv/plan/conf',
    named: /path \/srv\/plan\/conf .*task kinds : a configuration.*is none/,
  },
  {
    what: 'a file has come',
    there: 'touch /srv/plan/nothing',
    back: 'rm /srv/plan/nothing',
    named: /path \/srv\/plan\/nothing .*was none, is file/,
  },
  {
    what: 'the target of a link',
    there: 'ln -sfn /srv/plan/conf /srv/plan/link',
    back: 'ln -sfn /srv/plan/plain /srv/plan/link',
    named: /path \/srv\/plan\/link .*to \/srv\/plan\/plain, is link .*to \/srv\/plan\/conf/,
  },
  {
    what: 'the mode of a folder',
    there: 'chmod 700 /srv/plan/inner',
    back: 'chmod 750 /srv/plan/inner',
    named: /path \/srv\/plan\/inner .*directory 0750.*directory 0700/,
  },
  {
    what: 'a folder is gone',
    there: 'rmdir /srv/plan/inner',
    back: 'mkdir -m 750 /srv/plan/inner',
    named: /path \/srv\/plan\/inner .*directory.* is none/,
  },
  there('a line', '/srv/plan/lines', 'echo 1 > /srv/plan/lines', /content of \/srv\/plan\/lines/),
  there('a block', '/srv/plan/blocks', 'echo > /srv/plan/blocks', /content of \/srv\/plan\/blocks/),
  there('a setting', '/srv/plan/settings', 'echo > /srv/plan/settings', /of \/srv\/plan\/settings/),
  account('the shell of an account', 'usermod -s /bin/bash ada', /user ada .*\/bin\/bash/),
  account('the groups of an account', 'usermod -G games ada', /user ada .*groups games/),
  account('the comment of an account', 'usermod -c Other ada', /user ada .*Other/),
  account('the password of an account', "usermod -p 'x' ada", /user ada .*password/),
  account('an account is gone', 'userdel ada', /user ada .*is none/),
  account('the number of a group', 'groupmod -g 4712 planners', /group planners .*4711.*4712/),
  there(
    'a login key',
    '/home/ada/.ssh/authorized_keys',
    'echo > /home/ada/.ssh/authorized_keys',
    /\/home\/ada\/.ssh\/authorized_keys .*a login key/,
  ),
  packages(
    'a package is gone',
    `sed -i '/^Package: bash$/,/^Status:/s/^Status:.*/Status: deinstall ok config-files/' ${STATUS}`,
    /package bash .*is none/,
  ),
  packages(
    'the version of a package',
    `sed -i '/^Package: dash$/,/^Version:/s/^Version:.*/Version: 0.4.0-1/' ${STATUS}`,
    /package dash .*is 0\.4\.0-1/,
  ),
  packages(
    'a package has come',
    `printf '\\nPackage: plan-none\\nStatus: install ok installed\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@x>\\nDescription: x\\n' >> ${STATUS}`,
    /package plan-none .*was none, is 1/,
  ),
  {
    what: 'a unit is stopped',
    there: 'systemctl stop plan',
    back: 'systemctl start plan',
    named: /unit plan\.service .*active, enabled, is loaded, inactive/,
  },
  {
    what: 'a unit is disabled',
    there: 'systemctl -q disable plan',
    back: 'systemctl -q enable plan',
    named: /unit plan\.service .*is loaded, active, disabled/,
  },
  {
    what: 'a setting of the kernel',
    there: 'echo 1 > /proc/sys/net/ipv4/conf/all/log_martians',
    back: 'echo 0 > /proc/sys/net/ipv4/conf/all/log_martians',
    named: /sysctl net\.ipv4\.conf\.all\.log_martians .*was 0, is 1/,
  },
  there('a job', '/etc/cron.d/plan', 'echo > /etc/cron.d/plan', /of \/etc\/cron.d\/plan .*a job/),
  there('the table of mounts', '/etc/fstab', 'echo > /etc/fstab', /of \/etc\/fstab .*an entry/),
  {
    what: 'the name of the host',
    there: 'hostname other',
    back: 'hostname node1',
    named: /question .*the name of the host/,
  },
  {
    what: 'a fact',
    there: `echo '{"colour": "red"}' > /etc/ansible/facts.d/plan.fact`,
    back: `echo '{"colour": "blue"}' > /etc/ansible/facts.d/plan.fact`,
    named: /a: the fact ansible_local: .*blue.*red/,
  },
  {
    what: 'what stat is asked',
    there: 'touch /srv/plan/seen',
    back: 'rm /srv/plan/seen',
    named: /path \/srv\/plan\/seen .*task kinds : a state/,
  },
  {
    what: 'what find is asked',
    there: 'touch /srv/plan/inner/x',
    back: 'rm /srv/plan/inner/x',
    named: /names in \/srv\/plan\/inner .*task kinds : what is found.*is x/,
  },
  {
    what: 'what a look answers',
    there: 'echo other > /srv/plan/state',
    back: 'echo as-it-was > /srv/plan/state',
    named: /command .*task a look/,
  },
  {
    what: 'what a command would make is gone',
    there: 'rm /srv/plan/created',
    back: 'touch /srv/plan/created',
    named: /task kinds : a command that is not to run/,
  },
]

const move = (from: string, to: string) => (text: string) => text.replace(from, to)

const hostsMoved = (from: string, to: string) => (text: string) => {
  const all = JSON.parse(text)
  const { children } = all.all
  children[to].hosts.c = children[from].hosts[from === 'web' ? 'a' : 'b']
  return JSON.stringify(all)
}

const FILES: readonly Move[] = [
  {
    what: 'the playbook',
    file: 'site.yml',
    edit: move('extra: none', 'extra: some'),
    named: /file .*site\.yml: its content/,
  },
  {
    what: 'a file of a role',
    file: 'roles/kinds/tasks/main.yml',
    edit: move('state: absent', 'state: touch'),
    named: /file .*kinds\/tasks\/main\.yml/,
  },
  {
    what: 'the defaults of a role',
    file: 'roles/kinds/defaults/main.yml',
    edit: move('80', '81'),
    named: /file .*kinds\/defaults\/main\.yml/,
  },
  {
    what: 'the handlers of a role',
    file: 'roles/kinds/handlers/main.yml',
    edit: move('noted', 'other'),
    named: /file .*kinds\/handlers\/main\.yml/,
  },
  {
    what: 'a template',
    file: 'roles/kinds/templates/conf.j2',
    edit: move('listen', 'hear'),
    named: /file .*templates\/conf\.j2/,
  },
  {
    what: 'a file that is copied',
    file: 'roles/kinds/files/plain',
    edit: move('as', 'As'),
    named: /file .*files\/plain/,
  },
  {
    what: 'a file of variables',
    file: 'vars.yml',
    edit: move('all', 'none'),
    named: /file .*vars\.yml/,
  },
  {
    what: 'a variable of a host',
    file: 'hosts.yml',
    edit: move('"own": "a"', '"own": "b"'),
    named: /a: the variable own/,
  },
  {
    what: 'a variable of a group',
    file: 'hosts.yml',
    edit: move('"shared": "s"', '"shared": "t"'),
    named: /a: the variable shared/,
  },
  {
    what: 'a host has come',
    file: 'hosts.yml',
    edit: hostsMoved('web', 'web'),
    named: /c: the host: was none, is in the inventory/,
  },
  {
    what: 'a host has left its group',
    file: 'hosts.yml',
    edit: (text) => {
      const all = JSON.parse(text)
      const { web, spare } = all.all.children
      spare.hosts.a = web.hosts.a
      delete web.hosts.a
      return JSON.stringify(all)
    },
    named: /a: its groups: was web, is spare/,
  },
  {
    what: 'an extra variable',
    args: ['-e', 'word=two'],
    named: /the extra variables \(-e\)/,
  },
  {
    what: 'another extra variable',
    args: ['-e', 'more=1'],
    named: /was word, is more, word/,
  },
  { what: 'tags', args: ['--tags', 'some'], named: /options: tags/ },
  {
    what: 'tags that are left out',
    args: ['--skip-tags', 'some'],
    named: /options: skipTags/,
  },
  { what: 'the limit', args: ['--limit', 'a'], named: /options: limit/ },
  { what: 'the user', args: ['-u', 'other'], named: /options: user/ },
]

export const MOVES: readonly Move[] = [...FILES, ...HOST]
