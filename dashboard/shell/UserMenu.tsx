import { Link, useNavigate } from '@tanstack/react-router'
import type { ButtonHTMLAttributes } from 'react'
import { signOut } from '../../client/contract.ts'
import { Problem } from '../../react/Problem.tsx'
import { useAction } from '../../react/useAction.ts'
import { api } from '../api.ts'
import { PresenceDot, StatusControl } from '../desk/StatusControl.tsx'
import { useCenter } from '../live/Center.tsx'
import { prefer, usePreferences } from '../preferences.ts'
import { forgetSession, useSession } from '../session/session.tsx'
import { useLanguage } from '../session/useLanguage.ts'
import { LOCALES, useText } from '../text/text.tsx'
import { useDestinations } from './destinations.ts'

const THEMES = ['system', 'light', 'dark'] as const
const PANEL = 'user-menu'
const LINE =
  'block w-full cursor-pointer rounded-lg px-2.5 py-1.5 text-left hover:bg-sunken -outline-offset-2 pointer-coarse:py-2.5'

interface UserMenuProps {
  onShortcuts(): void
}

/**
 * Who is signed in, and what concerns only them. On telephones also the pages that the bar has no room for. The browser's
 * own popover: it closes on Esc and on a click elsewhere, and gives the focus back.
 */
export function UserMenu({ onShortcuts }: UserMenuProps) {
  const text = useText()
  const words = text.menu
  const { me } = useSession()
  const { agent } = useCenter()
  const { theme } = usePreferences()
  const { hidden } = useDestinations()
  const navigate = useNavigate()
  const language = useLanguage()
  const leave = useAction(async () => {
    await api.call(signOut)
    forgetSession()
    await navigate({ to: '/sign-in' })
  })
  return (
    <>
      <button
        type="button"
        popoverTarget={PANEL}
        // With what is to be seen, for whoever speaks to the page.
        aria-label={`${words.open}: ${initials(me.name)}`}
        aria-describedby={agent ? 'my-presence' : undefined}
        className="relative grid size-9 cursor-pointer place-items-center rounded-full bg-sunken text-[0.8125rem] font-semibold hover:bg-line"
      >
        {initials(me.name)}
        {agent && (
          <>
            <PresenceDot
              status={agent.presence.status}
              className="absolute right-0 bottom-0 size-2.5 ring-2 ring-surface"
            />
            <span id="my-presence" hidden>
              {text.deskStatus.status[agent.presence.status]}
            </span>
          </>
        )}
      </button>
      <div
        id={PANEL}
        popover="auto"
        className="inset-auto right-2 bottom-16 m-0 w-64 rounded-xl border border-line bg-raised p-1.5 text-ink shadow-pop md:right-auto md:bottom-4 md:left-22"
      >
        <div className="px-2.5 py-2">
          <p className="font-semibold">{me.name}</p>
          <p className="text-soft">
            {text.roles[me.role]} · {me.workspace.name}
          </p>
        </div>
        {agent && (
          <div className="pb-2">
            <StatusControl onChosen={closePanel} />
          </div>
        )}
        <ul className="border-t border-line py-1.5 md:hidden">
          {hidden.map(({ to, label }) => (
            <li key={to}>
              <Link to={to} className={LINE} onClick={closePanel}>
                {label}
              </Link>
            </li>
          ))}
        </ul>
        <Options
          label={words.language}
          value={language.locale}
          options={LOCALES.map(value => ({ value, label: text.languages[value] }))}
          onChoose={language.choose}
        />
        <Options
          label={words.theme}
          value={theme}
          options={THEMES.map(value => ({ value, label: words.themes[value] }))}
          onChoose={value => prefer({ theme: value })}
        />
        <div className="border-t border-line pt-1.5">
          <Command onClick={onShortcuts}>{words.shortcuts}</Command>
          <Command onClick={() => leave.run()}>{words.signOut}</Command>
          <Problem error={language.error ?? leave.error} />
        </div>
      </div>
    </>
  )
}

const closePanel = () => document.getElementById(PANEL)?.hidePopover()

function Command(button: ButtonHTMLAttributes<HTMLButtonElement>) {
  return <button type="button" popoverTarget={PANEL} popoverTargetAction="hide" className={LINE} {...button} />
}

interface OptionsProps<Value extends string> {
  label: string
  value: Value
  options: readonly { value: Value; label: string }[]
  onChoose(value: Value): void
}

function Options<Value extends string>({ label, value, options, onChoose }: OptionsProps<Value>) {
  return (
    <fieldset className="border-t border-line py-1.5">
      <legend className="float-left w-full px-2.5 py-1 text-xs text-soft">{label}</legend>
      {options.map(option => (
        <label
          key={option.value}
          className={`${LINE} clear-both flex items-center gap-2.5 has-focus-visible:outline-2 has-focus-visible:outline-accent`}
        >
          <input
            type="radio"
            name={label}
            className="size-4 accent-accent outline-none"
            checked={option.value === value}
            onChange={() => onChoose(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  )
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  const told = words.length > 1 ? [words[0]!, words.at(-1)!] : words
  return told.map(word => [...word][0]!.toUpperCase()).join('')
}
