#include <app/windows/gridpane.h>

#include <app/models/picturetexts.h>
#include <app/models/viewdata.h>

#include <quant/calibration.h>

#include <QHBoxLayout>
#include <QJsonArray>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace app::windows {

namespace {

constexpr int kMostPrompts = 32;
constexpr int kFirstPrompts = 3; ///< that are offered
constexpr int kControlsWidth = 260;
const QString kPromptsKey = QStringLiteral("prompts");

QStringList offeredPrompts() {
    const auto known = jobs::guarded([] { return quant::loadPrompts(quant::CalibrationSettings{}.prompts); });
    QStringList prompts;
    if (!known) return prompts;
    for (const std::string& prompt : known.value())
        if (prompts.size() < kFirstPrompts) prompts << QString::fromStdString(prompt);
    return prompts;
}

} // namespace

GridPane::GridPane(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_prompts(new QPlainTextEdit(this)), m_recipes(new QListWidget(this)),
      m_keep(new QPushButton(tr("Keep Present Recipe"), this)), m_make(new QPushButton(tr("Make Grid"), this)),
      m_stop(new QPushButton(tr("Stop"), this)), m_afterPicture(new QPushButton(tr("Stop after This One"), this)),
      m_export(new QPushButton(tr("Export Sheet…"), this)), m_state(new QLabel(this)),
      m_grid(new widgets::PictureGrid(this)) {
    setAccessibleName(tr("Grid of prompts and recipes"));
    setFocusProxy(m_grid);
    build();
    connectStudio();
    setPrompts(offeredPrompts());
    reset();
}

void GridPane::build() {
    m_prompts->setObjectName(QStringLiteral("gridPrompts"));
    m_prompts->setAccessibleName(tr("Prompts of the grid"));
    m_prompts->setToolTip(
        tr("One prompt a line; the seed of the pictures pane is that of the first, the next count up"));
    m_prompts->setTabChangesFocus(true);
    m_recipes->setObjectName(QStringLiteral("gridRecipes"));
    m_recipes->setAccessibleName(tr("Recipes of the grid"));
    m_recipes->setToolTip(tr("Checked recipes become columns of the grid"));
    m_keep->setObjectName(QStringLiteral("gridKeep"));
    m_keep->setToolTip(tr("Keep the present recipe, so that later ones can be compared with it"));
    m_make->setObjectName(QStringLiteral("gridMake"));
    m_make->setToolTip(tr("Make a picture of every prompt in full precision and under every checked recipe"));
    m_stop->setObjectName(QStringLiteral("gridStop"));
    m_stop->setToolTip(tr("Stop at once; pictures that are finished stay"));
    m_afterPicture->setObjectName(QStringLiteral("gridAfterPicture"));
    m_afterPicture->setToolTip(tr("Finish the picture that is being made, and no more"));
    m_export->setObjectName(QStringLiteral("gridExport"));
    m_export->setToolTip(tr("Write the finished prompts as a sheet with captions, single pictures and metrics"));
    m_state->setWordWrap(true);
    m_state->setAccessibleName(tr("State of the grid"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(8, 8, 8, 8);
    row->addWidget(buildControls());
    row->addWidget(m_grid, 1);
}

QWidget* GridPane::buildControls() {
    auto* controls = new QWidget(this);
    controls->setFixedWidth(kControlsWidth);
    auto* prompts = new QLabel(tr("Pro&mpts"), controls);
    prompts->setBuddy(m_prompts);
    auto* recipes = new QLabel(tr("&Recipes"), controls);
    recipes->setBuddy(m_recipes);
    auto* stops = new QHBoxLayout;
    stops->addWidget(m_stop);
    stops->addWidget(m_afterPicture, 1);
    auto* column = new QVBoxLayout(controls);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(prompts);
    column->addWidget(m_prompts, 1);
    column->addWidget(recipes);
    column->addWidget(m_recipes, 1);
    column->addWidget(m_keep);
    column->addWidget(m_make);
    column->addLayout(stops);
    column->addWidget(m_export);
    column->addWidget(m_state);
    return controls;
}

void GridPane::connectStudio() {
    jobs::Engine* engine = &m_studio.engine();
    session::StudioDocument* document = &m_studio.document();
    connect(engine, &jobs::Engine::gridPictureMade, this, &GridPane::takePicture);
    connect(engine, &jobs::Engine::ended, this, &GridPane::showJobs);
    connect(engine, &jobs::Engine::failed, this, &GridPane::showJobs);
    connect(engine, &jobs::Engine::gridExported, this, [this](const QString& folder, int count) {
        Q_EMIT m_studio.noted(
            tr("Wrote the sheet of %n prompt(s), its pictures and metrics to %1", nullptr, count).arg(folder));
    });
    connect(document, &session::StudioDocument::modelChanged, this, &GridPane::reset);
    connect(document, &session::StudioDocument::recipeChanged, this, &GridPane::showRecipes);
    connect(&document->recipeShelf(), &session::RecipeShelf::changed, this, &GridPane::showRecipes);
    connect(m_prompts, &QPlainTextEdit::textChanged, this, [this] {
        if (std::exchange(m_toldPrompts, prompts()) != m_toldPrompts) Q_EMIT promptsChanged();
    });
    connect(m_keep, &QPushButton::clicked, this, &GridPane::keepRequested);
    connect(m_make, &QPushButton::clicked, this, &GridPane::make);
    connect(m_stop, &QPushButton::clicked, this, [this] { m_studio.engine().stopGrid(); });
    connect(m_afterPicture, &QPushButton::clicked, engine, &jobs::Engine::stopAfterPicture);
    connect(m_export, &QPushButton::clicked, this, &GridPane::exportRequested);
    connect(m_grid, &widgets::PictureGrid::pictureChosen, this, &GridPane::choose);
}

void GridPane::reset() {
    m_request = {};
    m_finishedPrompts = 0;
    m_grid->setLabels({}, {});
    showRecipes();
    showJobs();
}

/// The present recipe first; what was unchecked stays so.
void GridPane::showRecipes() {
    QStringList unchecked;
    for (int i = 0; i < m_recipes->count(); ++i)
        if (m_recipes->item(i)->checkState() == Qt::Unchecked) unchecked << m_recipes->item(i)->text();
    m_recipes->clear();
    const auto add = [&](const QString& name, const quant::Recipe& recipe) {
        auto* item = new QListWidgetItem(name, m_recipes);
        item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
        item->setCheckState(unchecked.contains(name) ? Qt::Unchecked : Qt::Checked);
        item->setToolTip(models::summaryOf(recipe));
    };
    if (!m_studio.document().hasModel()) return;
    add(tr("Present recipe"), m_studio.document().recipe());
    for (const session::RecipeShelf::Entry& entry : m_studio.document().recipeShelf().entries())
        add(entry.name, entry.recipe);
}

std::vector<quant::Recipe> GridPane::chosenRecipes() const {
    session::StudioDocument& document = m_studio.document();
    const auto& kept = document.recipeShelf().entries();
    std::vector<quant::Recipe> recipes;
    for (int i = 0; i < m_recipes->count(); ++i) {
        if (m_recipes->item(i)->checkState() != Qt::Checked) continue;
        recipes.push_back(i == 0 ? document.recipe() : kept[std::size_t(i) - 1].recipe);
        const QString name = m_recipes->item(i)->text();
        recipes.back().name = (i == 0 ? tr("Present: %1").arg(models::summaryOf(recipes.back())) : name).toStdString();
    }
    return recipes;
}

QStringList GridPane::prompts() const {
    QStringList prompts;
    for (const QString& line : m_prompts->toPlainText().split(QLatin1Char('\n')))
        if (!line.trimmed().isEmpty() && prompts.size() < kMostPrompts) prompts << line.trimmed();
    return prompts;
}

void GridPane::setPrompts(const QStringList& prompts) {
    m_prompts->setPlainText(prompts.join(QLatin1Char('\n')));
}

void GridPane::make() {
    if (m_studio.engine().isBusy(jobs::JobKind::Pictures)) {
        m_state->setText(tr("The present grid is still being made; stop it first, or wait for it."));
        return;
    }
    analysis::CompareRequest request;
    request.recipes = chosenRecipes();
    for (const QString& prompt : prompts()) request.prompts.push_back(prompt.toStdString());
    request.sampling = m_studio.sampling();
    if (!m_studio.document().hasModel()) return;
    if (request.recipes.empty() || request.prompts.empty()) {
        m_state->setText(tr("A grid needs a prompt and a checked recipe."));
        return;
    }
    QStringList columns{tr("Full precision")};
    for (const quant::Recipe& recipe : request.recipes) columns << QString::fromStdString(recipe.name);
    m_request = request;
    m_finishedPrompts = 0;
    m_grid->setLabels(prompts(), columns);
    m_recognitions.clear();
    m_studio.engine().makeGrid(std::move(request));
    showJobs();
}

void GridPane::takePicture(const jobs::GridPicture& picture) {
    const QString text =
        picture.metrics ? models::metricsText(*picture.metrics, QStringLiteral("\n")) : tr("seed %1").arg(picture.seed);
    m_grid->setPicture(picture.prompt, picture.recipe + 1, models::toQImage(picture.image), text);
    m_recognitions[{picture.prompt, picture.recipe + 1}] = picture.recognition;
    if (picture.recipe + 1 == int(m_request.recipes.size())) ++m_finishedPrompts;
    showJobs();
}

void GridPane::choose(int row, int column) {
    const int candidate = column == 0 ? 1 : column; // full precision is shown beside the first recipe
    PicturePair pair;
    pair.full = m_grid->picture(row, 0);
    pair.quantized = m_grid->picture(row, candidate);
    const auto& fullSeen = m_recognitions[{row, 0}];
    const auto& seen = m_recognitions[{row, candidate}];
    pair.fullSalience = models::salienceImage(fullSeen);
    pair.quantizedSalience = models::salienceImage(seen);
    pair.fullCaption = models::withRecognition(tr("Full precision, %1").arg(m_grid->text(row, 0)), fullSeen);
    pair.quantizedCaption = models::withRecognition(m_grid->horizontalHeaderItem(candidate)->text(), seen);
    pair.metrics = m_grid->text(row, candidate).replace(QLatin1Char('\n'), QStringLiteral("   "));
    pair.origin = {m_request.recipes[std::size_t(candidate) - 1], m_request.sampling};
    pair.origin.sampling.prompt = m_request.prompts[std::size_t(row)];
    pair.origin.sampling.seed = m_request.sampling.seed + std::uint64_t(row);
    Q_EMIT pairChosen(pair);
}

void GridPane::pick(int recipe) {
    const int row = std::max(0, m_grid->currentRow());
    if (recipe < m_grid->columnCount() && !m_grid->picture(row, recipe).isNull()) m_grid->setCurrentCell(row, recipe);
}

void GridPane::showJobs() {
    const bool isMaking = m_studio.engine().isBusy(jobs::JobKind::Pictures);
    m_make->setEnabled(m_studio.document().hasModel() && !isMaking);
    m_keep->setEnabled(m_studio.document().hasModel());
    m_stop->setEnabled(isMaking);
    m_afterPicture->setEnabled(isMaking);
    m_export->setEnabled(isFinished() && !isMaking);
    if (m_grid->rowCount() > 0)
        m_state->setText(tr("%1 of %2 prompts finished").arg(m_finishedPrompts).arg(m_grid->rowCount()));
    else
        m_state->clear();
}

QJsonObject GridPane::viewState() const {
    return {{kPromptsKey, QJsonArray::fromStringList(prompts())}};
}

void GridPane::setViewState(const QJsonObject& state) {
    QStringList prompts;
    for (const QJsonValue& prompt : state[kPromptsKey].toArray())
        if (prompt.isString()) prompts << prompt.toString();
    if (!prompts.isEmpty()) setPrompts(prompts);
}

} // namespace app::windows
