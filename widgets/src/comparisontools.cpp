#include "comparisontools.h"

#include <QHBoxLayout>
#include <QScopedValueRollback>
#include <QVBoxLayout>

#include <algorithm>

namespace widgets {

namespace {

constexpr int kSpacing = 2;
constexpr int kGroupSpacing = 10;

} // namespace

ComparisonTools::ComparisonTools(QWidget* parent)
    : QWidget(parent), m_modes(new QButtonGroup(this)), m_modeList(new QComboBox(this)),
      m_salienceNote(new QLabel(this)), m_differenceRow(new QWidget(this)), m_kind(new QComboBox(m_differenceRow)),
      m_gain(new QSpinBox(m_differenceRow)), m_tolerance(new QSpinBox(m_differenceRow)),
      m_legend(new DifferenceLegend(m_differenceRow)) {
    buildModes();
    buildDifference();
    m_salienceNote->setWordWrap(true);
    m_salienceNote->setAccessibleName(tr("What salience shows"));
    arrange();
    setSalienceKnown(false);
    setLook({});
}

QToolButton* ComparisonTools::addButton(const QString& text, const QString& name, const QString& tip) {
    auto* button = new QToolButton(this);
    button->setText(text);
    button->setCheckable(true);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setAccessibleName(name);
    button->setToolTip(tip);
    connect(button, &QToolButton::toggled, this, &ComparisonTools::tell);
    return button;
}

void ComparisonTools::buildModes() {
    const auto add = [this](ComparisonMode mode, const QString& text, const QString& tip) {
        m_modes->addButton(addButton(text, text, tip), int(mode));
        m_modeList->addItem(text, int(mode));
        m_modeList->setItemData(m_modeList->count() - 1, tip, Qt::ToolTipRole);
    };
    add(ComparisonMode::SideBySide, tr("Side by Side"), tr("Both pictures beside each other"));
    add(ComparisonMode::LeftRight, tr("Left | Right"),
        tr("One pane: full precision left of a line, the quantized picture right of it (S)"));
    add(ComparisonMode::AboveBelow, tr("Above / Below"),
        tr("One pane: full precision above a line, the quantized picture below it (S)"));
    add(ComparisonMode::Difference, tr("Difference"), tr("What differs, amplified (D)"));
    m_modeList->setObjectName(QStringLiteral("comparisonModes"));
    m_modeList->setAccessibleName(tr("How the pictures are compared"));
    m_modeList->setToolTip(tr("How the pictures are compared"));
    connect(m_modeList, &QComboBox::activated, this,
            [this] { m_modes->button(m_modeList->currentData().toInt())->setChecked(true); });
    m_blinking = addButton(tr("Blink"), tr("Blink between the pictures"),
                           tr("Full precision and the quantized picture by turns (B); hold Space to see the former"));
    m_salience = addButton(tr("Salience"), tr("Show what the pictures are recognised by"),
                           tr("Colour the pixels that the evaluator recognises the pictures by (H)"));
    m_linked = addButton(tr("Link"), tr("Link zoom and position of both pictures"),
                         tr("Move both pictures together; what they were apart stays. Alt releases it while held"));
}

void ComparisonTools::buildDifference() {
    m_kind->addItem(tr("Signed"), int(DifferenceKind::Signed));
    m_kind->addItem(tr("Absolute"), int(DifferenceKind::Absolute));
    m_kind->setAccessibleName(tr("Kind of difference"));
    m_kind->setToolTip(tr("Which of the pictures is brighter, or only how far they are apart"));
    m_gain->setRange(1, kMostGain);
    m_gain->setPrefix(tr("×", "how many times a difference is amplified"));
    m_gain->setAccessibleName(tr("Gain of the difference"));
    m_gain->setToolTip(tr("How many times differences are amplified; [ and ] halve and double it"));
    m_tolerance->setRange(0, kLevels);
    m_tolerance->setPrefix(tr("over ", "tolerance of a difference in levels"));
    m_tolerance->setAccessibleName(tr("Tolerance of the difference"));
    m_tolerance->setToolTip(tr("Differences up to so many levels of 255 count as equal and are grey"));
    connect(m_kind, &QComboBox::currentIndexChanged, this, &ComparisonTools::tell);
    connect(m_gain, &QSpinBox::valueChanged, this, &ComparisonTools::tell);
    connect(m_tolerance, &QSpinBox::valueChanged, this, &ComparisonTools::tell);
}

void ComparisonTools::arrange() {
    auto* modes = new QHBoxLayout;
    modes->setSpacing(kSpacing);
    for (QAbstractButton* button : m_modes->buttons()) modes->addWidget(button);
    modes->addWidget(m_modeList);
    modes->addSpacing(kGroupSpacing);
    modes->addWidget(m_blinking);
    modes->addWidget(m_salience);
    modes->addWidget(m_linked);
    modes->addStretch();
    auto* difference = new QHBoxLayout(m_differenceRow);
    difference->setContentsMargins(0, 0, 0, 0);
    difference->addWidget(m_kind);
    difference->addWidget(m_gain);
    difference->addWidget(m_tolerance);
    difference->addWidget(m_legend, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(modes);
    column->addWidget(m_differenceRow);
    column->addWidget(m_salienceNote);
}

/// Of the row with these in place of all that choose the mode.
int ComparisonTools::widthWith(const QList<QWidget*>& modes) const {
    int width = kGroupSpacing - kSpacing;
    const QList<QWidget*> others{m_blinking, m_salience, m_linked};
    for (const QWidget* widget : modes + others) width += widget->sizeHint().width() + kSpacing;
    return width;
}

QSize ComparisonTools::minimumSizeHint() const {
    const int row = widthWith({m_modeList});
    const int difference = m_differenceRow->isHidden() ? 0 : m_differenceRow->minimumSizeHint().width();
    return {std::max(row, difference), layout()->totalMinimumSize().height()};
}

void ComparisonTools::showModes() {
    const QList<QAbstractButton*> buttons = m_modes->buttons();
    const bool haveRoom = widthWith({buttons.begin(), buttons.end()}) <= width();
    for (QAbstractButton* button : buttons) button->setVisible(haveRoom);
    m_modeList->setVisible(!haveRoom);
}

void ComparisonTools::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    showModes();
}

ComparisonLook ComparisonTools::look() const {
    ComparisonLook look;
    look.mode = ComparisonMode(m_modes->checkedId());
    look.difference = {DifferenceKind(m_kind->currentData().toInt()), m_gain->value(), m_tolerance->value()};
    look.linked = m_linked->isChecked();
    look.blinking = m_blinking->isChecked();
    look.salience = m_salience->isChecked();
    return look;
}

void ComparisonTools::setLook(const ComparisonLook& look) {
    {
        const QScopedValueRollback quiet(m_quiet, true);
        m_modes->button(int(look.mode))->setChecked(true);
        m_kind->setCurrentIndex(m_kind->findData(int(look.difference.kind)));
        m_gain->setValue(look.difference.gain);
        m_tolerance->setValue(look.difference.tolerance);
        m_linked->setChecked(look.linked);
        m_blinking->setChecked(look.blinking);
        m_salience->setChecked(look.salience);
    }
    tell();
}

void ComparisonTools::setSalienceKnown(bool isKnown) {
    m_salienceNote->setText(isKnown
                                ? tr("Coloured: what makes the evaluator see what it takes full precision for, from "
                                     "dark for a little to bright for most")
                                : tr("No salience: the evaluator knows only finished pictures of emoji-ldm's kind"));
}

void ComparisonTools::tell() {
    if (m_quiet || m_modes->checkedId() < 0) return;
    const ComparisonLook now = look();
    m_differenceRow->setVisible(now.mode == ComparisonMode::Difference);
    m_salienceNote->setVisible(now.salience && now.mode != ComparisonMode::Difference);
    m_modeList->setCurrentIndex(m_modeList->findData(int(now.mode)));
    m_legend->setLook(now.difference);
    Q_EMIT changed();
}

} // namespace widgets
