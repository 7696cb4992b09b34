#include <app/windows/brushbar.h>

#include <app/models/maptexts.h>

#include <QHBoxLayout>

namespace app::windows {

namespace {

template <class Format> void fill(QComboBox& box, const QString& unchanged, const std::vector<Format>& formats) {
    box.addItem(unchanged);
    for (const Format format : formats) box.addItem(models::toText(nameOf(format)), int(format));
}

template <class Format> std::optional<Format> chosen(const QComboBox& box) {
    if (box.currentIndex() <= 0) return std::nullopt;
    return Format(box.currentData().toInt());
}

} // namespace

BrushBar::BrushBar(QWidget* parent)
    : QWidget(parent), m_what(new QLabel(this)), m_weights(new QComboBox(this)), m_activations(new QComboBox(this)),
      m_set(new QPushButton(tr("Set"), this)), m_zoom(new QToolButton(this)), m_clear(new QToolButton(this)) {
    setAccessibleName(tr("Brushed part of the map"));
    setFocusProxy(m_weights);
    build();
    connect(m_weights, &QComboBox::currentIndexChanged, this, &BrushBar::offer);
    connect(m_activations, &QComboBox::currentIndexChanged, this, &BrushBar::offer);
    connect(m_set, &QPushButton::clicked, this, [this] {
        Q_EMIT formatsWanted(chosen<quant::WeightFormat>(*m_weights), chosen<quant::ActivationFormat>(*m_activations));
    });
    connect(m_zoom, &QToolButton::clicked, this, &BrushBar::zoomWanted);
    connect(m_clear, &QToolButton::clicked, this, &BrushBar::clearWanted);
    offer();
    hide();
}

void BrushBar::build() {
    fill(*m_weights, tr("weights as they are"), quant::allWeightFormats());
    m_weights->setObjectName(QStringLiteral("brushWeights"));
    m_weights->setAccessibleName(tr("Weight format of what is brushed"));
    m_weights->setToolTip(tr("Weights have one format at all timesteps, whichever are brushed"));
    fill(*m_activations, tr("activations as they are"), quant::allActivationFormats());
    m_activations->setObjectName(QStringLiteral("brushActivations"));
    m_activations->setAccessibleName(tr("Activation format of what is brushed"));
    m_activations->setToolTip(tr("At the brushed timesteps alone"));
    m_set->setObjectName(QStringLiteral("brushSet"));
    m_set->setAccessibleName(tr("Set the formats of what is brushed"));
    m_set->setToolTip(tr("Give what is brushed these formats, in one step that can be undone"));
    m_zoom->setText(tr("Zoom"));
    m_zoom->setAccessibleName(tr("Zoom to what is brushed"));
    m_zoom->setToolTip(tr("Show what is brushed as large as it can be (Z)"));
    m_clear->setText(tr("Clear"));
    m_clear->setAccessibleName(tr("Clear the brush"));
    m_clear->setToolTip(tr("Nothing is brushed any more (Esc)"));
    for (QToolButton* button : {m_zoom, m_clear}) button->setFocusPolicy(Qt::StrongFocus);
    m_what->setWordWrap(true);
    auto* line = new QHBoxLayout(this);
    line->setContentsMargins(6, 0, 6, 0);
    line->addWidget(m_what, 1);
    for (QWidget* control :
         {static_cast<QWidget*>(m_weights), static_cast<QWidget*>(m_activations), static_cast<QWidget*>(m_set),
          static_cast<QWidget*>(m_zoom), static_cast<QWidget*>(m_clear)})
        line->addWidget(control);
}

void BrushBar::offer() {
    m_set->setEnabled(m_weights->currentIndex() > 0 || m_activations->currentIndex() > 0);
}

void BrushBar::setBrushed(const QString& what, bool isPartOfSteps) {
    m_what->setText(isPartOfSteps ? tr("%1; weights change at all timesteps").arg(what) : what);
    setVisible(!what.isEmpty());
}

} // namespace app::windows
