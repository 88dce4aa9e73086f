import { useState } from 'react'
import { Button } from '../../react/Button.tsx'
import { playTones } from '../live/ringer.ts'
import { prefer, usePreferences } from '../preferences.ts'
import { CheckHeadset } from '../softphone/CheckHeadset.tsx'
import { useSoftphone } from '../softphone/Softphone.tsx'
import { useText } from '../text/text.tsx'
import { Checkbox } from '../ui/fields.tsx'
import { Panel } from '../ui/Panel.tsx'

/** How this device says that a call rings. */
export function AlertSettings() {
  const text = useText()
  const words = text.settingsScreen
  const { phone } = useSoftphone()
  const { sound, notifications, shortcuts } = usePreferences()
  const [denied, setDenied] = useState(false)

  async function chooseNotifications(wanted: boolean): Promise<void> {
    const allowed = wanted && (await Notification.requestPermission()) === 'granted'
    setDenied(wanted && !allowed)
    prefer({ notifications: allowed })
  }

  return (
    <Panel title={words.alerts}>
      <div className="space-y-5 p-4">
        {phone && (
          <div className="flex items-start gap-4">
            <div className="grow">
              <p>{text.voice.softphone.title}</p>
              <p className="ringside-hint">{text.voice.softphone.checkHint}</p>
            </div>
            <CheckHeadset look="secondary" />
          </div>
        )}
        <div className="flex items-start gap-4">
          <div className="grow">
            <Checkbox
              label={words.sound}
              hint={words.soundHint}
              checked={sound}
              onChange={event => prefer({ sound: event.target.checked })}
            />
          </div>
          <Button onClick={playTones}>{words.playSound}</Button>
        </div>
        {'Notification' in window && (
          <div>
            <Checkbox
              label={words.notifications}
              hint={words.notificationsHint}
              checked={notifications}
              onChange={event => void chooseNotifications(event.target.checked)}
            />
            {denied && (
              <p role="alert" className="ringside-problem mt-1 ml-6.5">
                {words.notificationsDenied}
              </p>
            )}
          </div>
        )}
        <Checkbox
          label={words.shortcuts}
          hint={words.shortcutsHint}
          checked={shortcuts}
          onChange={event => prefer({ shortcuts: event.target.checked })}
        />
      </div>
    </Panel>
  )
}
