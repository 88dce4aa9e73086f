import { CallButton } from '../../react/voip/index.ts'
import { showPage } from './page.tsx'

const contact = { supabaseUserId: 'carla', firstName: 'Carla', lastName: 'Customer' }

showPage(
  'ana',
  <>
    <h1>{`${contact.firstName} ${contact.lastName}`}</h1>
    <p>A customer since 2024. You are Ana.</p>
    <CallButton
      supabaseUserId={contact.supabaseUserId}
      userName={`${contact.firstName} ${contact.lastName}`}
      variant="outline"
      size="sm"
    />
  </>,
)
