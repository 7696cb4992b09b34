#include <app/windows/inspectorpane.h>

#include <QHBoxLayout>
#include <QScrollArea>
#include <QShowEvent>
#include <QVBoxLayout>

#include <algorithm>

namespace app::windows {

namespace {

constexpr int kPatienceMs = 150;
constexpr int kPlotHeight = 190;
constexpr int kTableHeight = 130;
const QString kPageKey = QStringLiteral("page");
const QString kPartKey = QStringLiteral("part");

/// All together, or one layer of what was found; null while that is not known.
template <class Facts> const Facts* shownOf(const analysis::Inspection<Facts>* found, int layer) {
    if (!found || layer >= int(found->layers.size())) return nullptr;
    return layer < 0 ? &found->together : &found->layers[std::size_t(layer)];
}

} // namespace

InspectorPane::InspectorPane(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_inspector(studio), m_layers(new QComboBox(this)), m_title(new QLabel(this)),
      m_notice(new QLabel(this)), m_pages(new QTabWidget(this)), m_weights(new widgets::HistogramPlot(this)),
      m_weightChannels(new widgets::FactTable(this)), m_inputs(new widgets::HistogramPlot(this)),
      m_ranges(new widgets::LinePlot(this)), m_inputChannels(new widgets::FactTable(this)),
      m_formats(new widgets::FactTable(this)) {
    m_askSoon.setSingleShot(true);
    m_askSoon.setInterval(kPatienceMs);
    nameControls();
    build();
    connectAll();
    startAnew();
}

void InspectorPane::nameControls() {
    setAccessibleName(tr("Inspector"));
    setFocusProxy(m_layers);
    m_layers->setObjectName(QStringLiteral("inspectorLayers"));
    m_layers->setAccessibleName(tr("Layer"));
    m_layers->setToolTip(tr("All layers of the block together, or one of them"));
    m_layers->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_notice->setObjectName(QStringLiteral("inspectorNotice"));
    m_notice->setAccessibleName(tr("What the inspector is doing"));
    m_notice->setWordWrap(true);
    m_notice->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_notice->setFocusPolicy(Qt::StrongFocus);
    m_pages->setObjectName(QStringLiteral("inspectorPages"));
    m_pages->setAccessibleName(tr("What is shown"));
    m_pages->setDocumentMode(true);
    const QString copies = tr("Ctrl+C copies the table");
    m_weightChannels->setAccessibleName(tr("Input channels whose weights stand out"));
    m_inputChannels->setAccessibleName(tr("Input channels that stand out"));
    m_formats->setAccessibleName(tr("SQNR by format"));
    m_formats->setObjectName(QStringLiteral("inspectorFormats"));
    m_weightChannels->setObjectName(QStringLiteral("inspectorWeightChannels"));
    m_inputChannels->setObjectName(QStringLiteral("inspectorInputChannels"));
    for (widgets::FactTable* table : {m_weightChannels, m_inputChannels, m_formats}) table->setToolTip(copies);
}

void InspectorPane::build() {
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_title->setAccessibleName(tr("Block that is inspected"));
    m_title->setTextInteractionFlags(Qt::TextSelectableByMouse);
    for (QWidget* plot :
         {static_cast<QWidget*>(m_weights), static_cast<QWidget*>(m_inputs), static_cast<QWidget*>(m_ranges)})
        plot->setMinimumHeight(kPlotHeight);
    for (widgets::FactTable* table : {m_weightChannels, m_inputChannels}) table->setMinimumHeight(kTableHeight);
    m_pages->addTab(buildPage({m_weights, m_weightChannels}), tr("Weights"));
    m_pages->addTab(buildPage({m_inputs, m_ranges, m_inputChannels}), tr("Inputs"));
    m_pages->addTab(m_formats, tr("Formats"));
    m_pages->setTabToolTip(0, tr("How the weights are spread, and the channels that stand out"));
    m_pages->setTabToolTip(1, tr("How the inputs are spread, their range over time, and the channels that stand out"));
    m_pages->setTabToolTip(2, tr("Signal-to-noise ratio in every format"));
    auto* head = new QHBoxLayout;
    head->addWidget(m_title);
    head->addWidget(m_layers, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(4);
    column->addLayout(head);
    column->addWidget(m_notice);
    column->addWidget(m_pages, 1);
}

QWidget* InspectorPane::buildPage(const QList<QWidget*>& parts) {
    auto* content = new QWidget(this);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 4, 0, 0);
    column->setSpacing(6);
    for (QWidget* part : parts) column->addWidget(part, qobject_cast<widgets::FactTable*>(part) ? 1 : 2);
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(content);
    return scroll;
}

void InspectorPane::connectAll() {
    const session::StudioDocument* document = &m_studio.document();
    connect(document, &session::StudioDocument::modelChanged, this, &InspectorPane::startAnew);
    connect(document, &session::StudioDocument::recipeChanged, this, &InspectorPane::update);
    connect(document, &session::StudioDocument::analysisChanged, this, &InspectorPane::update);
    connect(&m_inspector, &session::BlockInspector::changed, this, &InspectorPane::update);
    connect(&m_askSoon, &QTimer::timeout, this, [this] {
        m_inspector.lookAt(models::nameOf(m_studio.document().model(), {m_part.block, -1}));
    });
    connect(m_layers, &QComboBox::activated, this, [this](int index) {
        m_part.layer = index - 1;
        update();
    });
}

void InspectorPane::startAnew() {
    m_part = {};
    m_askSoon.stop();
    showParts();
    update();
}

void InspectorPane::inspect(const QString& id) {
    const ldm::ModelInfo& model = m_studio.document().model();
    models::InspectedPart part;
    for (int block = 0; block < int(model.blocks.size()); ++block) {
        const auto& layers = model.blocks[std::size_t(block)].layers;
        if (model.blocks[std::size_t(block)].id == id.toStdString()) part = {block, -1};
        for (int layer = 0; layer < int(layers.size()); ++layer)
            if (model.layers[std::size_t(layers[std::size_t(layer)])].name == id.toStdString()) part = {block, layer};
    }
    if (part.block < 0 || part == m_part) return;
    m_part = part;
    showParts();
    update();
}

void InspectorPane::showParts() {
    m_layers->clear();
    m_layers->addItems(models::partNames(m_studio.document().model(), m_part.block));
    m_layers->setCurrentIndex(m_part.layer + 1);
    m_layers->setEnabled(m_part.block >= 0);
    m_title->setText(models::nameOf(m_studio.document().model(), {m_part.block, -1}));
}

/// A pane that nobody sees costs nothing.
void InspectorPane::update() {
    m_isStale = true;
    if (isVisible()) showAll();
}

void InspectorPane::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_isStale) showAll();
}

void InspectorPane::showAll() {
    m_isStale = false;
    askSoon();
    const bool isFound = m_part.block >= 0 && m_inspector.block() == m_title->text();
    const auto* weights = shownOf(isFound ? m_inspector.weights() : nullptr, m_part.layer);
    const auto* inputs = shownOf(isFound ? m_inspector.inputs() : nullptr, m_part.layer);
    const quant::BlockFormat format = presentFormat(m_studio.document(), m_part);
    const quant::CalibrationSettings& calibration = m_studio.document().recipe().calibration;
    m_weights->setData(weights ? models::weightHistogram(*weights, format.weights) : widgets::HistogramData{});
    m_weightChannels->setFacts(models::channelFacts(weights ? weights->peaks : std::vector<analysis::ChannelPeak>{}));
    m_inputs->setData(inputs ? models::inputHistogram(*inputs, format.activations, calibration)
                             : widgets::HistogramData{});
    m_ranges->setData(inputs ? models::rangesOverTime(*inputs) : widgets::LineData{});
    m_inputChannels->setFacts(models::channelFacts(inputs ? inputs->peaks : std::vector<analysis::ChannelPeak>{}));
    m_formats->setFacts(weights ? models::formatFacts(m_studio.document(), m_part, *weights) : widgets::Facts{});
    showNotice();
}

/// What is not known of the present block yet is asked for once nobody moves on.
void InspectorPane::askSoon() {
    if (m_part.block < 0) return;
    const bool isOther = m_inspector.block() != m_title->text();
    const bool isMissing = !m_inspector.isComplete() && !m_inspector.isWorking() && m_inspector.obstacle().isEmpty();
    if (isOther || isMissing) m_askSoon.start();
}

void InspectorPane::showNotice() {
    QString text = m_inspector.obstacle();
    if (m_part.block < 0)
        text = tr("Select a block to look into it.");
    else if (m_askSoon.isActive() || m_inspector.isWorking())
        text = tr("Looking into the block…");
    else if (text.isEmpty() && !m_studio.document().model().analyzes)
        text = tr("This model cannot be run here, so only its weights are shown.");
    m_notice->setText(text);
    m_notice->setVisible(!text.isEmpty());
}

QJsonObject InspectorPane::viewState() const {
    return {{kPageKey, m_pages->currentIndex()}, {kPartKey, models::nameOf(m_studio.document().model(), m_part)}};
}

void InspectorPane::setViewState(const QJsonObject& state) {
    m_pages->setCurrentIndex(std::clamp(state[kPageKey].toInt(), 0, m_pages->count() - 1));
    inspect(state[kPartKey].toString());
}

} // namespace app::windows
