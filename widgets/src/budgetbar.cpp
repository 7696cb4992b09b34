#include <widgets/budgetbar.h>

#include <widgets/heatmapdata.h>

#include "words.h"

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <array>
#include <cmath>

namespace widgets {

namespace {

constexpr int kGap = 8;
constexpr std::array kNames{
    QT_TRANSLATE_NOOP("widgets::BudgetBar", "Size"), QT_TRANSLATE_NOOP("widgets::BudgetBar", "BOPs"),
    QT_TRANSLATE_NOOP("widgets::BudgetBar", "Step"), QT_TRANSLATE_NOOP("widgets::BudgetBar", "SQNR")};

int nameWidth(const QFontMetrics& metrics) {
    int width = 0;
    for (const char* name : kNames) width = std::max(width, metrics.horizontalAdvance(BudgetBar::tr(name)));
    return width;
}

QString percent(double fraction) {
    return Words::tr("%1 %").arg(shown(100 * fraction, fraction < 0.1 ? 1 : 0));
}

double limitOf(const BudgetValues& values, BudgetTarget::Kind kind, double whole) {
    return values.target.kind == kind && whole > 0 ? values.target.value / whole : 0;
}

QString bopsText(double bops) {
    return Words::tr("%1 GBOPs").arg(shown(bops / 1e9, bops < 1e10 ? 2 : 1));
}

QString bitsText(double bits) {
    return Words::tr("%1 bits per weight").arg(shown(bits, 2));
}

QString dbText(double db) {
    return std::isinf(db) ? numberText(db) : Words::tr("%1 dB").arg(numberText(db));
}

/// "0.3 MiB over the target of 2.0 MiB"; `text` writes amounts.
template <class Text> BudgetVerdict atMost(double value, double limit, Text text) {
    constexpr double kRoundingRoom = 1e-9;
    const bool holds = value <= limit * (1 + kRoundingRoom);
    const QString words =
        holds ? BudgetBar::tr("%1 under the target of %2") : widgets::BudgetBar::tr("%1 over the target of %2");
    return {holds, words.arg(text(std::abs(value - limit)), text(limit))};
}

double fractionOf(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

} // namespace

QString sizeText(qint64 bytes) {
    constexpr double kKibi = 1024;
    if (bytes < kKibi) return Words::tr("%1 bytes").arg(bytes);
    if (bytes < kKibi * kKibi) return Words::tr("%1 KiB").arg(shown(double(bytes) / kKibi, 0));
    if (bytes < kKibi * kKibi * kKibi) {
        return Words::tr("%1 MiB").arg(shown(double(bytes) / kKibi / kKibi, 1));
    }
    return Words::tr("%1 GiB").arg(shown(double(bytes) / kKibi / kKibi / kKibi, 2));
}

QString durationText(double seconds) {
    if (seconds < 1) return Words::tr("%1 ms").arg(shown(1e3 * seconds, seconds < 1e-2 ? 2 : 1));
    return Words::tr("%1 s").arg(shown(seconds, 2));
}

BudgetBar::BudgetBar(QWidget* parent) : QWidget(parent) {
    setAccessibleName(tr("Budget of the recipe"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setValues({});
}

void BudgetBar::setValues(const BudgetValues& values) {
    const bool hadSpeed = m_values.fullSeconds > 0;
    m_values = values;
    if (hadSpeed != (values.fullSeconds > 0)) updateGeometry();
    QString all = tr("Size %1. BOPs %2. SQNR %3.").arg(sizeLine(), bopsLine(), predictionLine());
    if (values.fullSeconds > 0) all += QLatin1Char(' ') + tr("UNet step %1.").arg(speedLine());
    if (const auto told = verdict()) all += QLatin1Char(' ') + told->text + QLatin1Char('.');
    setAccessibleDescription(all);
    setToolTip(tr("Size of all weights with their scales. BOPs: sum over the layers of multiplications x "
                  "weight bits x activation bits. SQNR: predicted from the maps, higher is better; end "
                  "to end means of the latent after the last step. Step: one run of the UNet, as measured layer by "
                  "layer on this machine. Click to change the target."));
    update();
}

QString BudgetBar::sizeLine() const {
    if (m_values.fullBytes <= 0) return tr("no model");
    return tr("%1, %2 of fp32")
        .arg(sizeText(m_values.bytes), percent(fractionOf(double(m_values.bytes), double(m_values.fullBytes))));
}

QString BudgetBar::bopsLine() const {
    if (m_values.fullBops <= 0) return tr("not known");
    return tr("%1 of fp32").arg(percent(fractionOf(m_values.bops, m_values.fullBops)));
}

QString BudgetBar::speedLine() const {
    if (std::isnan(m_values.seconds)) return tr("not measured for these formats");
    return tr("%1, %2 of fp32")
        .arg(durationText(m_values.seconds), percent(fractionOf(m_values.seconds, m_values.fullSeconds)));
}

QString BudgetBar::predictionLine() const {
    QStringList parts;
    if (!std::isnan(m_values.measuredDb)) parts << tr("%1 measured").arg(dbText(m_values.measuredDb));
    if (std::isnan(m_values.predictedDb))
        parts << tr("not predicted yet");
    else if (std::isinf(m_values.predictedDb))
        parts << numberText(m_values.predictedDb);
    else
        parts << tr("%1 dB predicted").arg(numberText(m_values.predictedDb));
    if (!std::isnan(m_values.predictedDb) && !m_values.predictionBasis.isEmpty()) parts << m_values.predictionBasis;
    return parts.join(QStringLiteral(", "));
}

std::optional<BudgetVerdict> BudgetBar::verdict() const {
    const BudgetTarget& target = m_values.target;
    if (m_values.fullBytes <= 0) return std::nullopt;
    switch (target.kind) {
    case BudgetTarget::Kind::None:
        return std::nullopt;
    case BudgetTarget::Kind::Bytes:
        return atMost(double(m_values.bytes), target.value, [](double bytes) { return sizeText(qint64(bytes)); });
    case BudgetTarget::Kind::Bops:
        return atMost(m_values.bops, target.value, bopsText);
    case BudgetTarget::Kind::MeanBits:
        return atMost(m_values.meanBits, target.value, bitsText);
    case BudgetTarget::Kind::Seconds:
        if (std::isnan(m_values.seconds)) return std::nullopt;
        return atMost(m_values.seconds, target.value, durationText);
    case BudgetTarget::Kind::Sqnr:
        break;
    }
    const bool isMeasured = !std::isnan(m_values.measuredDb);
    const double db = isMeasured ? m_values.measuredDb : m_values.predictedDb;
    if (std::isnan(db)) return std::nullopt;
    const bool holds = db >= target.value;
    const QString by = std::isinf(db) ? dbText(db) : dbText(std::abs(db - target.value));
    const QString words =
        isMeasured ? (holds ? tr("measured %1 above the target of %2") : tr("measured %1 below the target of %2"))
                   : (holds ? tr("predicted %1 above the target of %2") : tr("predicted %1 below the target of %2"));
    return BudgetVerdict{holds, words.arg(by, dbText(target.value))};
}

/// Above the SQNR, which has no bar.
QList<BudgetBar::Gauge> BudgetBar::gauges() const {
    using Kind = BudgetTarget::Kind;
    const double fullBits = 32;
    const double sizeLimit = m_values.target.kind == Kind::MeanBits
                                 ? m_values.target.value / fullBits
                                 : limitOf(m_values, Kind::Bytes, double(m_values.fullBytes));
    QList<Gauge> gauges{
        {tr(kNames[0]), sizeLine(), fractionOf(double(m_values.bytes), double(m_values.fullBytes)), sizeLimit},
        {tr(kNames[1]), bopsLine(), fractionOf(m_values.bops, m_values.fullBops),
         limitOf(m_values, Kind::Bops, m_values.fullBops)}};
    if (m_values.fullSeconds > 0)
        gauges << Gauge{tr(kNames[2]), speedLine(),
                        std::isnan(m_values.seconds) ? 0 : fractionOf(m_values.seconds, m_values.fullSeconds),
                        limitOf(m_values, Kind::Seconds, m_values.fullSeconds)};
    return gauges;
}

int BudgetBar::verdictRow() const {
    using Kind = BudgetTarget::Kind;
    if (m_values.target.kind == Kind::Sqnr) return int(gauges().size());
    if (m_values.target.kind == Kind::Seconds) return int(gauges().size()) - 1;
    return m_values.target.kind == Kind::Bops ? 1 : 0;
}

QSize BudgetBar::sizeHint() const {
    const QFontMetrics metrics = fontMetrics();
    const int text =
        metrics.horizontalAdvance(tr("%1, %2 of fp32").arg(QStringLiteral("0000.0 MiB"), QStringLiteral("100 %")));
    const int rows = int(gauges().size()) + 1;
    return {nameWidth(metrics) + text + 160 + 4 * kGap, rows * (metrics.height() + 4) + kGap};
}

QSize BudgetBar::minimumSizeHint() const {
    return {sizeHint().width() - 110, sizeHint().height()};
}

void BudgetBar::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && rect().contains(event->position().toPoint())) Q_EMIT targetClicked();
}

void BudgetBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const int rowHeight = fontMetrics().height() + 4;
    const QList<Gauge> bars = gauges();
    QRect row(kGap, kGap / 2, width() - 2 * kGap, rowHeight);
    QList<QRect> rows;
    for (int i = 0; i <= int(bars.size()); ++i) rows << row.translated(0, i * rowHeight);
    if (const auto told = verdict()) paintVerdict(painter, rows[verdictRow()], *told);
    QRect& last = rows.back();
    int barEnd = row.right(); // bars of one length, to be compared
    for (int i = 0; i < int(bars.size()); ++i) barEnd = std::min(barEnd, rows[i].right());
    for (int i = 0; i < int(bars.size()); ++i) {
        rows[i].setRight(barEnd);
        paintGauge(painter, rows[i], bars[i]);
    }
    paintName(painter, last, tr(kNames.back()));
    painter.drawText(last, Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(predictionLine(), Qt::ElideRight, last.width()));
}

/// Takes its place away from the area.
void BudgetBar::paintName(QPainter& painter, QRect& area, const QString& name) const {
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter, name);
    area.setLeft(area.left() + nameWidth(fontMetrics()) + kGap);
}

/// At the right end of the area, which becomes shorter by it: a tick where the target holds, else a triangle.
void BudgetBar::paintVerdict(QPainter& painter, QRect& area, const BudgetVerdict& verdict) const {
    const int side = fontMetrics().ascent();
    const int room = area.width() / 2 - side - 2 * kGap;
    const QString text = fontMetrics().elidedText(verdict.text, Qt::ElideRight, room);
    const int width = fontMetrics().horizontalAdvance(text);
    QRect place = area;
    place.setLeft(area.right() - width);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter, text);
    const QRectF box(place.left() - side - kGap / 2.0, area.center().y() - side / 2.0, side, side);
    QPainterPath shape;
    if (verdict.holds) {
        shape.moveTo(box.left() + 0.1 * side, box.top() + 0.55 * side);
        shape.lineTo(box.left() + 0.4 * side, box.top() + 0.85 * side);
        shape.lineTo(box.left() + 0.95 * side, box.top() + 0.15 * side);
        painter.strokePath(shape, QPen(palette().color(QPalette::WindowText), 2));
    } else {
        shape.addPolygon(QPolygonF{
            {box.center().x(), box.top() + 1}, {box.right(), box.bottom() - 1}, {box.left(), box.bottom() - 1}});
        painter.fillPath(shape, palette().color(QPalette::WindowText));
    }
    area.setRight(int(box.left()) - kGap);
}

void BudgetBar::paintGauge(QPainter& painter, QRect area, const Gauge& gauge) const {
    paintName(painter, area, gauge.name);
    const int textWidth = fontMetrics().horizontalAdvance(
        tr("%1, %2 of fp32").arg(QStringLiteral("0000.0 MiB"), QStringLiteral("100 %")));
    const QRect groove = area.adjusted(0, 3, -textWidth - kGap, -3);
    painter.drawText(QRect(groove.right() + kGap, area.top(), textWidth, area.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, gauge.text);
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.fillRect(groove, palette().color(QPalette::Base));
    QRect filled = groove;
    filled.setWidth(int(std::lround(groove.width() * std::clamp(gauge.fraction, 0.0, 1.0))));
    painter.fillRect(filled, palette().color(QPalette::Highlight));
    painter.setPen(palette().color(QPalette::Mid));
    painter.drawRect(groove.adjusted(0, 0, -1, -1));
    painter.setRenderHint(QPainter::Antialiasing);
    if (gauge.limit <= 0 || gauge.limit > 1) return;
    const double x = groove.left() + groove.width() * gauge.limit;
    painter.setPen(QPen(palette().color(QPalette::WindowText), 2));
    painter.drawLine(QPointF(x, area.top() + 1), QPointF(x, area.bottom() - 1));
}

} // namespace widgets
