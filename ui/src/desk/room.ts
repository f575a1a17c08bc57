/** The rooms in the order of the bar and of their keys. What a room draws is chosen in the frame, so that this table draws nothing. */
export const ROOMS = [
  { id: 'library', label: 'Library', key: 'Ctrl+1' },
  { id: 'review', label: 'Review', key: 'Ctrl+2' },
  { id: 'tuning', label: 'Tuning', key: 'Ctrl+3' },
  { id: 'lab', label: 'Lab', key: 'Ctrl+4' },
  { id: 'jobs', label: 'Jobs', key: 'Ctrl+5' },
] as const

export type RoomId = (typeof ROOMS)[number]['id']
