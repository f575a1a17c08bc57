import type { Api, ApiError } from './api'
import { Recorded } from './recorded'
import { onDrop, tauri } from './tauri'

const inShell = '__TAURI_INTERNALS__' in window

/** The one door, as this window opens it. */
export const api: Api = inShell ? tauri : new Recorded()

/** Drops that carry paths exist in the shell only. */
export const onFileDrop: typeof onDrop = inShell ? onDrop : () => () => {}

/** The sentence of whatever a call failed with. */
export function sentence(error: unknown): string {
  if (isApiError(error)) return error.message
  if (error instanceof Error) return error.message
  return typeof error === 'string' ? error : 'The call failed and gave no reason.'
}

function isApiError(error: unknown): error is ApiError {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
}
