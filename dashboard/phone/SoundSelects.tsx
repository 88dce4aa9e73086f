import { useEffect, useState } from 'react'
import {
  chosenDevices,
  type Device,
  type DeviceChoice,
  type Devices,
  watchDevices,
} from '../../client/voice/devices.ts'
import { Select } from '../ui/fields.tsx'
import type { PhoneText } from './words.ts'

/** Which microphone and which loudspeaker, where there is a choice. */
export function SoundSelects({ text, onChoose }: { text: PhoneText; onChoose(choice: Partial<DeviceChoice>): void }) {
  const [devices, setDevices] = useState<Devices>({ microphones: [], speakers: [] })
  const [chosen, setChosen] = useState(chosenDevices)
  useEffect(() => watchDevices(setDevices), [])

  function choose(choice: Partial<DeviceChoice>): void {
    setChosen({ ...chosen, ...choice })
    onChoose(choice)
  }

  return (
    <>
      <DeviceSelect
        label={text.microphone}
        system={text.systemDevice}
        devices={devices.microphones}
        chosen={chosen.microphone}
        onChoose={microphone => choose({ microphone })}
      />
      <DeviceSelect
        label={text.speaker}
        system={text.systemDevice}
        devices={devices.speakers}
        chosen={chosen.speaker}
        onChoose={speaker => choose({ speaker })}
      />
    </>
  )
}

interface DeviceSelectProps {
  label: string
  system: string
  devices: readonly Device[]
  chosen: string | null
  onChoose(id: string | null): void
}

function DeviceSelect({ label, system, devices, chosen, onChoose }: DeviceSelectProps) {
  // Without permission browsers tell that there are devices, and not which.
  const named = devices.filter(device => device.label !== '')
  if (named.length < 2) return null
  return (
    <Select
      label={label}
      value={named.some(({ id }) => id === chosen) ? chosen! : ''}
      options={[{ value: '', label: system }, ...named.map(({ id, label }) => ({ value: id, label }))]}
      onChoose={id => onChoose(id === '' ? null : id)}
    />
  )
}
