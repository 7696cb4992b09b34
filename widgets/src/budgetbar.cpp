#include <widgets/budgetbar.h>

#include <widgets/heatmapdata.h>

#include <QPainter>

#include <algorithm>
#include <array>
#include <cmath>

namespace widgets {

namespace {

constexpr int kGap = 8;
constexpr int kRows = 3;
constexpr std::array kNames{"Size", "BOPs", "SQNR"};

int nameWidth(const QFontMetrics& metrics) {
    int width = 0;
    for (const char* name : kNames) width = std::max(width, metrics.horizontalAdvance(QLatin1String(name)));
    return width;
}

QString percent(double fraction) {
    return QString::number(100 * fraction, 'f', fraction < 0.1 ? 1 : 0) + QStringLiteral(" %");
}

double fractionOf(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

} // namespace

QString sizeText(qint64 bytes) {
    constexpr double kKibi = 1024;
    if (bytes < kKibi) return QStringLiteral("%1 bytes").arg(bytes);
    if (bytes < kKibi * kKibi) return QString::number(double(bytes) / kKibi, 'f', 0) + QStringLiteral(" KiB");
    if (bytes < kKibi * kKibi * kKibi) {
        return QString::number(double(bytes) / kKibi / kKibi, 'f', 1) + QStringLiteral(" MiB");
    }
    return QString::number(double(bytes) / kKibi / kKibi / kKibi, 'f', 2) + QStringLiteral(" GiB");
}

BudgetBar::BudgetBar(QWidget* parent) : QWidget(parent) {
    setAccessibleName(QStringLiteral("Budget of the recipe"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setValues({});
}

void BudgetBar::setValues(const BudgetValues& values) {
    m_values = values;
    const QString all = QStringLiteral("Size %1. BOPs %2. SQNR %3.").arg(sizeLine(), bopsLine(), predictionLine());
    setAccessibleDescription(all);
    setToolTip(QStringLiteral("Size of all weights with their scales. BOPs: sum over the layers of multiplications x "
                              "weight bits x activation bits. SQNR: predicted from the maps, higher is better; end "
                              "to end means of the latent after the last step."));
    update();
}

QString BudgetBar::sizeLine() const {
    if (m_values.fullBytes <= 0) return QStringLiteral("no model");
    return QStringLiteral("%1, %2 of fp32")
        .arg(sizeText(m_values.bytes), percent(fractionOf(double(m_values.bytes), double(m_values.fullBytes))));
}

QString BudgetBar::bopsLine() const {
    if (m_values.fullBops <= 0) return QStringLiteral("not known");
    return percent(fractionOf(m_values.bops, m_values.fullBops)) + QStringLiteral(" of fp32");
}

QString BudgetBar::predictionLine() const {
    if (std::isnan(m_values.predictedDb)) return QStringLiteral("not predicted yet");
    const bool isExact = std::isinf(m_values.predictedDb);
    const QString value = numberText(m_values.predictedDb) + (isExact ? QString() : QStringLiteral(" dB predicted"));
    return m_values.predictionBasis.isEmpty() ? value : value + QStringLiteral(", ") + m_values.predictionBasis;
}

QSize BudgetBar::sizeHint() const {
    const QFontMetrics metrics = fontMetrics();
    const int text = metrics.horizontalAdvance(QStringLiteral("0000.0 MiB, 100 % of fp32"));
    return {nameWidth(metrics) + text + 160 + 4 * kGap, kRows * (metrics.height() + 4) + kGap};
}

QSize BudgetBar::minimumSizeHint() const {
    return {sizeHint().width() - 110, sizeHint().height()};
}

void BudgetBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const int rowHeight = fontMetrics().height() + 4;
    QRect row(kGap, kGap / 2, width() - 2 * kGap, rowHeight);
    paintGauge(painter, row, QLatin1String(kNames[0]), fractionOf(double(m_values.bytes), double(m_values.fullBytes)),
               sizeLine());
    row.translate(0, rowHeight);
    paintGauge(painter, row, QLatin1String(kNames[1]), fractionOf(m_values.bops, m_values.fullBops), bopsLine());
    row.translate(0, rowHeight);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter, QLatin1String(kNames[2]));
    row.setLeft(row.left() + nameWidth(fontMetrics()) + kGap);
    painter.drawText(row, Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(predictionLine(), Qt::ElideRight, row.width()));
}

void BudgetBar::paintGauge(QPainter& painter, const QRect& area, const QString& name, double fraction,
                           const QString& text) const {
    const int textWidth = fontMetrics().horizontalAdvance(QStringLiteral("0000.0 MiB, 100 % of fp32"));
    QRect groove = area.adjusted(nameWidth(fontMetrics()) + kGap, 3, -textWidth - kGap, -3);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter, name);
    painter.drawText(QRect(groove.right() + kGap, area.top(), textWidth, area.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, text);
    painter.fillRect(groove, palette().color(QPalette::Base));
    QRect filled = groove;
    filled.setWidth(int(std::lround(groove.width() * std::clamp(fraction, 0.0, 1.0))));
    painter.fillRect(filled, palette().color(QPalette::Highlight));
    painter.setPen(palette().color(QPalette::Mid));
    painter.drawRect(groove.adjusted(0, 0, -1, -1));
}

} // namespace widgets
