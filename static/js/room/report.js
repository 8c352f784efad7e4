// The sheet in which a message is reported without leaving the room.

import { answered } from "../dialog.js";
import { _ } from "../words.js";

export class Report {
  // send(data): resolves to the server's answer or rejects. kept(): it has been taken in.
  constructor(send, kept) {
    this.sheet = document.getElementById("report");
    this.form = this.sheet.querySelector("form");
    this.error = this.sheet.querySelector("[data-report-error]");
    this.message = null;
    this.form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = new FormData(this.form);
      try {
        const got = await send({ id: this.message.id, reason: said.get("reason"), text: said.get("text") });
        if (!got.ok) {
          this.refuse(got.error.message);
          return;
        }
        this.sheet.close();
        kept(got);
      } catch (error) {
        this.refuse(_("There was no answer. What you wrote is kept; please try again."));
      }
    });
  }

  refuse(words) {
    this.error.hidden = false;
    this.error.textContent = words;
  }

  // back: what gets the focus when the message was drawn anew meanwhile.
  open(message, back) {
    this.message = message;
    this.error.hidden = true;
    this.form.reset();
    answered(this.sheet, back);
  }
}
