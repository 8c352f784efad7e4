// The sheet in which a message is reported without leaving the room.

const find = (name) => document.querySelector(`[data-${name}]`);

export class Report {
  // send(data): resolves to the server's answer or rejects. kept(): it has been taken in.
  constructor(send, kept) {
    this.sheet = find("report");
    this.form = find("report-form");
    this.error = find("report-error");
    this.message = null;
    find("report-end").addEventListener("click", () => this.sheet.close());
    this.form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = new FormData(this.form);
      try {
        const got = await send({ id: this.message.id, reason: said.get("reason"), text: said.get("text") });
        if (!got.ok) throw new Error(got.error.message);
        this.sheet.close();
        kept();
      } catch (error) {
        this.error.hidden = false;
        this.error.textContent = error.message || "There was no answer. Please try again.";
      }
    });
  }

  open(message) {
    this.message = message;
    this.error.hidden = true;
    this.form.reset();
    this.sheet.showModal();
  }
}
