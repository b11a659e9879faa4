/**
 * WebKitGTK under the locale C calls the language of the user "C", which `Intl`, and with it uPlot as it loads, refuses.
 * To be imported before it.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en" });
}
