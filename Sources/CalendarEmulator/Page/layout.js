// Where the events of a week stand. No elements here: numbers in, numbers out.

const DAY = 24 * 60;

/** Days since 1970 of `2026-11-03` or of what begins with it. */
export const dayNumber = (text) => Date.parse(text.slice(0, 10) + "T00:00:00Z") / 86_400_000;
export const dayText = (day) => new Date(day * 86_400_000).toISOString().slice(0, 10);
/** The Monday on or before a day. */
export const mondayOf = (day) => day - ((((day + 3) % 7) + 7) % 7);

/** Day and minute that the clock on the wall shows; the offset behind them has done its work on the server. */
function moment(time) {
  if (time?.date) return { day: dayNumber(time.date), minute: 0, isDay: true };
  if (!time?.dateTime) return null;
  const [hour, minute] = time.dateTime.slice(11, 16).split(":").map(Number);
  return { day: dayNumber(time.dateTime), minute: hour * 60 + minute, isDay: false };
}

/** Start and end of an event on the wall, or null for one that has none, as some cancelled instances. */
export function span(event) {
  const start = moment(event.start ?? event.originalStartTime);
  if (!start) return null;
  const end = moment(event.end) ?? { ...start, minute: start.minute + 30, day: start.day + (start.isDay ? 1 : 0) };
  const isLong = start.isDay || end.day * DAY + end.minute - start.day * DAY - start.minute >= DAY;
  return { start, end, isLong };
}

export const keyOf = (event) => event.calendarId + " " + event.id;

/**
 * - bars: what lasts days, as { event, key, column, span, row }
 * - columns: for each day what has hours, as { event, key, top, bottom (minutes), from, to, lane, lanes, width (lanes) };
 *   `from` and `to` are those of the whole event, which may go on the next day
 */
export function place(events, firstDay, dayCount) {
  const bars = [];
  const columns = Array.from({ length: dayCount }, () => []);
  for (const event of events) {
    const time = span(event);
    if (!time) continue;
    if (time.isLong) addBar(bars, event, time, firstDay, dayCount);
    else addPieces(columns, event, time, firstDay, dayCount);
  }
  columns.forEach(share);
  return { bars, rows: stack(bars, dayCount), columns };
}

function addBar(bars, event, { start, end }, firstDay, dayCount) {
  const last = end.isDay || end.minute === 0 ? end.day : end.day + 1;
  const from = Math.max(start.day, firstDay), to = Math.min(last, firstDay + dayCount);
  if (from >= to) return;
  bars.push({
    event, key: keyOf(event), column: from - firstDay, span: to - from, continues: start.day < from || last > to,
  });
}

function addPieces(columns, event, { start, end }, firstDay, dayCount) {
  for (let day = start.day; day <= end.day; day++) {
    const top = day === start.day ? start.minute : 0;
    const bottom = day === end.day ? end.minute : DAY;
    if (day < firstDay || day >= firstDay + dayCount || (bottom <= top && day !== start.day)) continue;
    // In the night when clocks go back an event may end before it begins; it still gets a place.
    columns[day - firstDay].push({
      event, key: keyOf(event), top, bottom: Math.max(bottom, top + 15), from: start.minute, to: end.minute,
    });
  }
}

/** Puts bars into rows so that none covers another. - Returns: how many rows. */
function stack(bars, dayCount) {
  bars.sort((a, b) => a.column - b.column || b.span - a.span);
  const rows = [];
  for (const bar of bars) {
    let row = rows.findIndex((ends) => ends <= bar.column);
    if (row < 0) row = rows.push(0) - 1;
    rows[row] = Math.min(bar.column + bar.span, dayCount);
    bar.row = row;
  }
  return rows.length;
}

/** Events that overlap stand side by side; each is as wide as what is free to its right. */
function share(pieces) {
  pieces.sort((a, b) => a.top - b.top || b.bottom - a.bottom);
  let group = [], groupEnd = -1;
  for (const piece of pieces) {
    if (piece.top >= groupEnd) {
      settle(group);
      group = [];
    }
    const taken = new Set(group.filter((other) => other.bottom > piece.top).map((other) => other.lane));
    piece.lane = 0;
    while (taken.has(piece.lane)) piece.lane++;
    group.push(piece);
    groupEnd = Math.max(groupEnd, piece.bottom);
  }
  settle(group);
}

function settle(group) {
  const lanes = Math.max(0, ...group.map((piece) => piece.lane + 1));
  for (const piece of group) {
    piece.lanes = lanes;
    const rivals = group.filter(
      (other) => other.lane > piece.lane && other.top < piece.bottom && other.bottom > piece.top);
    piece.width = Math.min(lanes, ...rivals.map((other) => other.lane)) - piece.lane;
  }
}
