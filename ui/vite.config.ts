import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte()],
  // The desktop shell embeds dist/; addresses must not depend on where it is served from.
  base: './',
  build: { target: 'safari16', outDir: 'dist', emptyOutDir: true },
  server: { port: 5173, strictPort: true },
  test: { environment: 'jsdom', include: ['src/**/*.test.ts'] },
})
