// The inventory of a lab, in Ansible's YAML: the same file serves our engine and Debian's ansible.
import { writeFileSync } from 'node:fs'
import type { NodeDescription } from './node.ts'
import type { Lab } from './site.ts'

export function writeInventory(lab: Lab, nodes: readonly NodeDescription[]): void {
  writeFileSync(lab.inventory, inventoryText(lab, nodes))
}

function inventoryText(lab: Lab, nodes: readonly NodeDescription[]): string {
  // JSON's strings are YAML's, so a path with a blank or a colon stays one value.
  const check = `-o UserKnownHostsFile=${lab.knownHosts} -o StrictHostKeyChecking=yes`
  return [
    '# Written by the lab; the next `make up` writes it again.',
    'all:',
    '  vars:',
    '    cluster_id: lab',
    '    ansible_user: root',
    `    ansible_ssh_private_key_file: ${JSON.stringify(lab.privateKey)}`,
    `    ansible_ssh_common_args: ${JSON.stringify(check)}`,
    '    ansible_python_interpreter: /usr/bin/python3',
    '  hosts:',
    ...nodes.flatMap((node) => [`    ${node.name}:`, `      ansible_host: ${node.ipv4}`]),
    '',
  ].join('\n')
}
