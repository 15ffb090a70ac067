// The desk's own script: files are sent as soon as they are chosen, and the progress of work comes by itself.
"use strict";
document.documentElement.classList.add("js");

function follow(box) {
  const text = box.querySelector("[data-teks]");
  const bar = box.querySelector("progress");
  const source = new EventSource(box.dataset.kemajuan);
  source.onmessage = (event) => {
    const told = JSON.parse(event.data);
    text.textContent = told.text;
    if (told.total > 0) { bar.max = told.total; bar.value = told.done; } else { bar.removeAttribute("value"); }
    if (told.status !== "waits" && told.status !== "runs") {
      source.close();
      // A page that somebody is filling in, or that tells of a fault, is not taken away.
      if (document.querySelector("form[data-berubah], .salah")) {
        box.querySelector("[data-selesai]").hidden = false;
      } else {
        location.replace(box.dataset.lagi || location.pathname + location.search.replace(/([?&])pesan=[^&]*/, "$1"));
      }
    }
  };
}

async function filesOf(entry, into) {
  if (entry.isFile) {
    into.push(await new Promise((done, fail) => entry.file(done, fail)));
  } else if (entry.isDirectory) {
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!some.length) { return; }
      for (const each of some) { await filesOf(each, into); }
    }
  }
}

// What was chosen or typed before this script was there. A select without a stated choice shows its first option.
function differs(control) {
  if (control.type === "file") { return control.files.length > 0; }
  if (control.type === "checkbox" || control.type === "radio") { return control.checked !== control.defaultChecked; }
  if (control.options) {
    return control.selectedIndex !== Math.max(0, [...control.options].findIndex((option) => option.defaultSelected));
  }
  return "defaultValue" in control && control.value !== control.defaultValue;
}

function ready() {
  // A form is sent once, however often its button is pressed. This comes first: what was chosen before is sent below.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.terkirim) { event.preventDefault(); } else { form.dataset.terkirim = "1"; }
    });
  }
  for (const box of document.querySelectorAll("[data-kemajuan]")) { follow(box); }
  for (const form of document.querySelectorAll("form[data-kirim-sendiri]")) {
    for (const input of form.querySelectorAll("input[type=file]")) {
      const send = () => { if (input.files.length) { form.classList.add("sibuk"); form.requestSubmit(); } };
      input.addEventListener("change", send);
      send();
    }
    form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("di-atas"); });
    form.addEventListener("dragleave", () => form.classList.remove("di-atas"));
    form.addEventListener("drop", async (event) => {
      event.preventDefault();
      form.classList.remove("di-atas");
      const found = [];
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
      for (const entry of entries) { await filesOf(entry, found); }
      const transfer = new DataTransfer();
      for (const file of found) { if (!/^[._~]/.test(file.name)) { transfer.items.add(file); } }
      const input = form.querySelector("input[type=file]");
      input.files = transfer.files;
      if (transfer.files.length) { form.classList.add("sibuk"); form.requestSubmit(); }
    });
  }
  for (const form of document.querySelectorAll("form[data-isian]")) {
    form.addEventListener("input", () => form.setAttribute("data-berubah", ""));
    if ([...form.elements].some(differs)) { form.setAttribute("data-berubah", ""); }
  }
  for (const select of document.querySelectorAll("select[data-pergi], input[data-pergi]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
    if (differs(select)) { select.form.requestSubmit(); }
  }
}
// What was typed and not saved is not thrown away by a click elsewhere: the browser asks first.
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-jaga][data-berubah]:not([data-terkirim])")) { event.preventDefault(); }
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) { for (const form of document.forms) { delete form.dataset.terkirim; } }
});
document.addEventListener("DOMContentLoaded", ready);
