import * as Menu from '@radix-ui/react-dropdown-menu'
import { useNavigate } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { signOut } from '../../client/contract.ts'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { prefer, usePreferences } from '../preferences.ts'
import { chooseLocale } from '../session/changeMe.ts'
import { forgetSession, useSession } from '../session/session.tsx'
import { LOCALES, useWords } from '../text/text.tsx'
import { type Destination, useDestinations } from './destinations.ts'

const THEMES = ['system', 'light', 'dark'] as const

interface UserMenuProps {
  onShortcuts(): void
}

/** Who is signed in, and what concerns only them. On telephones also the pages that the bar has no room for. */
export function UserMenu({ onShortcuts }: UserMenuProps) {
  const { text, locale } = useWords()
  const words = text.menu
  const { me } = useSession()
  const { theme } = usePreferences()
  const navigate = useNavigate()
  const { hidden } = useDestinations()
  const speak = useAction(chooseLocale)
  const leave = useAction(async () => {
    await api.call(signOut)
    forgetSession()
    await navigate({ to: '/sign-in' })
  })
  const goTo = ({ to }: Destination) => navigate({ to })
  return (
    // Not modal: a modal menu locks scrolling by way of an inline style, which the content security policy refuses.
    <Menu.Root modal={false}>
      <Menu.Trigger
        aria-label={words.open}
        className="grid size-9 cursor-pointer place-items-center rounded-full bg-sunken text-[0.8125rem] font-semibold hover:bg-line data-[state=open]:bg-line"
      >
        {initials(me.name)}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Content
          side="top"
          align="start"
          sideOffset={8}
          collisionPadding={8}
          className="z-40 min-w-60 rounded-xl border border-line bg-raised p-1.5 shadow-pop"
        >
          <div className="px-2.5 py-2">
            <p className="font-semibold">{me.name}</p>
            <p className="text-soft">
              {text.roles[me.role]} · {me.workspace.name}
            </p>
          </div>
          <Menu.Group className="md:hidden">
            <Line />
            {hidden.map(destination => (
              <Item key={destination.to} onSelect={() => void goTo(destination)}>
                {destination.label}
              </Item>
            ))}
          </Menu.Group>
          <Line />
          <Menu.Label className="px-2.5 py-1 text-xs text-soft">{words.language}</Menu.Label>
          <Menu.RadioGroup
            value={locale}
            onValueChange={value => {
              const chosen = LOCALES.find(each => each === value)
              if (chosen) speak.run(chosen)
            }}
          >
            {LOCALES.map(each => (
              <Radio key={each} value={each} lang={each}>
                {text.languages[each]}
              </Radio>
            ))}
          </Menu.RadioGroup>
          <Line />
          <Menu.Label className="px-2.5 py-1 text-xs text-soft">{words.theme}</Menu.Label>
          <Menu.RadioGroup
            value={theme}
            onValueChange={value => prefer({ theme: THEMES.find(each => each === value) ?? 'system' })}
          >
            {THEMES.map(each => (
              <Radio key={each} value={each}>
                {words.themes[each]}
              </Radio>
            ))}
          </Menu.RadioGroup>
          <Line />
          <Item onSelect={onShortcuts}>{words.shortcuts}</Item>
          <Item onSelect={() => leave.run()}>{words.signOut}</Item>
        </Menu.Content>
      </Menu.Portal>
    </Menu.Root>
  )
}

const ITEM =
  'flex cursor-pointer items-center gap-2 rounded-lg px-2.5 py-1.5 outline-none select-none data-highlighted:bg-sunken'

function Item({ onSelect, children }: { onSelect(): void; children: ReactNode }) {
  return (
    <Menu.Item className={ITEM} onSelect={onSelect}>
      {children}
    </Menu.Item>
  )
}

function Radio({ children, ...radio }: Menu.DropdownMenuRadioItemProps) {
  return (
    <Menu.RadioItem className={`${ITEM} pl-8 data-[state=checked]:pl-2.5`} {...radio}>
      <Menu.ItemIndicator>
        <Check className="size-3.5" aria-hidden="true" />
      </Menu.ItemIndicator>
      {children}
    </Menu.RadioItem>
  )
}

const Line = () => <Menu.Separator className="my-1.5 h-px bg-line" />

const initials = (name: string): string => {
  const words = name.split(/\s+/).filter(Boolean)
  return [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map(word => [...(word ?? '')][0] ?? '')
    .join('')
    .toUpperCase()
}
