import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import shell from '../tauri.conf.json' with { type: 'json' }

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  // The desktop shell embeds dist/; addresses must not depend on where it is served from.
  base: './',
  build: {
    target: 'safari16',
    outDir: 'dist',
    emptyOutDir: true,
    // The shell's policy serves fonts from 'self' only: a font inlined as data: would not load.
    assetsInlineLimit: (path) => (path.endsWith('.woff2') ? false : undefined),
  },
  server: { port: 5173, strictPort: true },
  // The preview obeys the same policy as the window, so that what it forbids is seen before the shell is built.
  preview: { port: 4173, headers: { 'Content-Security-Policy': shell.app.security.csp } },
  // Components under test are those of the browser, not of a server.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  // The style sheets are read by the test of their contrast.
  // A busy machine makes thousands of edits slow, not wrong; what must be fast says so itself.
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'], css: true, testTimeout: 30_000 },
}))
