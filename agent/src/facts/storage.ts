// The names by which the machine asks for storage over a network: iSCSI, NVMe and Fibre Channel.
import { type Fact, oneOf, partsScript, readParts } from './fact.ts'

export const storage: Fact = {
  gives: oneOf('ansible_iscsi_iqn', 'ansible_hostnqn', 'ansible_fibre_channel_wwn'),
  subset: 'network',
  script: partsScript({
    iscsi: "sed -n 's/^InitiatorName=//p' /etc/iscsi/initiatorname.iscsi",
    nvme: 'grep ^nqn /etc/nvme/hostnqn',
    fibre: 'cat /sys/class/fc_host/*/port_name',
  }),
  parse: (printed) => {
    const parts = readParts(printed)
    const lines = (name: string): string[] =>
      (parts.get(name) ?? '').split('\n').flatMap((line) => (line.trim() === '' ? [] : line.trim()))
    return {
      ansible_iscsi_iqn: lines('iscsi')[0] ?? '',
      ansible_hostnqn: lines('nvme')[0] ?? '',
      ansible_fibre_channel_wwn: lines('fibre').map((name) => name.replace(/^0x/, '')),
    }
  },
}
