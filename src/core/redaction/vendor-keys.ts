/**
 * Keys and tokens that can be told by their own form. Each is one word; the forms are those that the vendors document or
 * that their secret scanners look for (2026-11). A later form of the same prefix is longer, seldom shorter.
 */
export const VENDOR_KEYS: readonly RegExp[] = [
  // OpenAI, Anthropic, OpenRouter, DeepSeek and others that have taken up their form.
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  // Google: API keys, OAuth clients, access and refresh tokens.
  /\bAIza[\w-]{30,}/g,
  /\bAQ\.[\w-]{30,}/g,
  /\bGOCSPX-[\w-]{20,}/g,
  /\bya29\.[\w.-]{20,}/g,
  /\b1\/\/0[\w-]{30,}/g,
  // GitHub, GitLab, Atlassian, Linear.
  /\bgh[a-z]_\w{20,}/g,
  /\bgithub_pat_\w{20,}/g,
  /\bgl[a-z]{2,8}-[\w-]{16,}/g,
  /\bAT(?:ATT|CTT|BB)\w[\w=-]{20,}/g,
  /\blin_api_\w{20,}/g,
  // Amazon, DigitalOcean, Cloudflare's and Heroku's by name only, Databricks, Vault, Doppler, Tailscale.
  /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g,
  /\bdo[opr]_v1_[a-f0-9]{32,}/g,
  /\bdapi[a-f0-9]{32}/g,
  /\bhv[sbr]\.[\w-]{20,}/g,
  /\bdp\.(?:pt|st|ct|sa)\.\w{20,}/g,
  /\btskey-[\w-]{16,}/g,
  // Slack, Discord, Telegram, Twilio, SendGrid.
  /\bx(?:ox[a-z]|app)-[\w-]{10,}/g,
  /\bhooks\.slack\.com\/services\/[\w/]+/g,
  /\bdiscord(?:app)?\.com\/api\/webhooks\/[\w/-]+/g,
  /\b\d{8,10}:AA[\w-]{30,}/g,
  /\bSK[0-9a-f]{32}\b/g,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/g,
  // Stripe, Shopify, Square.
  /\b[prs]k_(?:live|test)_\w{10,}/g,
  /\bwhsec_[\w+/=]{16,}/g,
  /\bshp(?:at|ca|pa|ss)_\w{20,}/g,
  /\bsq0[a-z]{3}-[\w-]{20,}/g,
  // Registries: npm, PyPI, crates.io, RubyGems, Docker.
  /\bnpm_\w{30,}/g,
  /\bpypi-[\w-]{16,}/g,
  /\bcio[A-Za-z0-9]{32}/g,
  /\brubygems_[a-f0-9]{40,}/g,
  /\bdckr_[a-z]{3}_[\w-]{20,}/g,
  // Models and data: Hugging Face, xAI, Groq, Perplexity, Replicate, Supabase, Notion, Figma, PostHog.
  /\bhf_[A-Za-z0-9]{20,}/g,
  /\bxai-\w{20,}/g,
  /\bgsk_\w{20,}/g,
  /\bpplx-\w{20,}/g,
  /\br8_\w{20,}/g,
  /\bsb[a-z]?_(?:secret_)?\w{20,}/g,
  /\bntn_\w{20,}/g,
  /\bfigd_[\w-]{20,}/g,
  /\bph[cx]_\w{20,}/g,
  // JSON web tokens, age identities.
  /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g,
  /\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/g,
];
