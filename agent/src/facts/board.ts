// What the firmware tells about the machine: DMI, where the kernel shows it.
import type { Value } from '../value/value.ts'
import { type Fact, oneOf, readPairs } from './fact.ts'

/** The kernel's name of a field, where it is not ours. */
const FIELDS: Readonly<Record<string, string>> = {
  bios_date: 'bios_date',
  bios_vendor: 'bios_vendor',
  bios_version: 'bios_version',
  board_asset_tag: 'board_asset_tag',
  board_name: 'board_name',
  board_serial: 'board_serial',
  board_vendor: 'board_vendor',
  board_version: 'board_version',
  chassis_asset_tag: 'chassis_asset_tag',
  chassis_serial: 'chassis_serial',
  chassis_vendor: 'chassis_vendor',
  chassis_version: 'chassis_version',
  form_factor: 'chassis_type',
  product_name: 'product_name',
  product_serial: 'product_serial',
  product_uuid: 'product_uuid',
  product_version: 'product_version',
  system_vendor: 'sys_vendor',
}

/** chassis_type of the SMBIOS specification, from 1. */
const FORMS = (
  'Other,Unknown,Desktop,Low Profile Desktop,Pizza Box,Mini Tower,Tower,Portable,Laptop,Notebook,' +
  'Hand Held,Docking Station,All In One,Sub Notebook,Space-saving,Lunch Box,Main Server Chassis,' +
  'Expansion Chassis,Sub Chassis,Bus Expansion Chassis,Peripheral Chassis,RAID Chassis,' +
  'Rack Mount Chassis,Sealed-case PC,Multi-system,CompactPCI,AdvancedTCA,Blade,Blade Enclosure,' +
  'Tablet,Convertible,Detachable,IoT Gateway,Embedded PC,Mini PC,Stick PC'
).split(',')

export const board: Fact = {
  gives: oneOf(...Object.keys(FIELDS).map((name) => `ansible_${name}`)),
  subset: 'hardware',
  script: [
    `for f in ${Object.values(FIELDS).join(' ')}; do`,
    '  [ -e /sys/class/dmi/id/$f ] && echo "$f=$(cat /sys/class/dmi/id/$f)"; done',
  ].join('\n'),
  parse: (printed) => {
    const pairs = readPairs(printed)
    const facts: Record<string, Value> = {}
    for (const [name, field] of Object.entries(FIELDS)) {
      const said = pairs.get(field)?.trim() ?? ''
      const value = field === 'chassis_type' ? (FORMS[Number(said) - 1] ?? '') : said
      facts[`ansible_${name}`] = value === '' ? 'NA' : value
    }
    return facts
  },
}
