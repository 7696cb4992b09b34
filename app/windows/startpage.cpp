#include <app/windows/startpage.h>

#include <QCommandLinkButton>
#include <QFileInfo>
#include <QLabel>
#include <QLayoutItem>
#include <QToolButton>

namespace app::windows {

namespace {

constexpr int kColumnWidth = 560;

QLabel* label(const QString& text, double scale, QWidget* parent) {
    auto* made = new QLabel(text, parent);
    QFont font = made->font();
    font.setPointSizeF(font.pointSizeF() * scale);
    font.setBold(scale > 1);
    made->setFont(font);
    return made;
}

/// Layouts give this kind of button less height than its two lines need.
QCommandLinkButton* linkButton(const QString& title, const QString& description, QWidget* parent) {
    auto* button = new QCommandLinkButton(title, description, parent);
    button->setMinimumHeight(button->fontMetrics().height() * 3 + 8);
    return button;
}

/// Says where files may be dropped; the whole window takes them.
QLabel* dropHint(QWidget* parent) {
    auto* hint = new QLabel(StartPage::tr("Drop a model, a session, a recipe or an analysis here"), parent);
    hint->setAlignment(Qt::AlignCenter);
    hint->setMinimumHeight(hint->fontMetrics().height() * 5);
    hint->setForegroundRole(QPalette::PlaceholderText);
    hint->setStyleSheet(QStringLiteral("QLabel { border: 2px dashed palette(mid); border-radius: 8px; }"));
    return hint;
}

void empty(QVBoxLayout* section) {
    while (QLayoutItem* item = section->takeAt(0)) {
        if (item->widget()) item->widget()->deleteLater(); // it may be its own button that asked for this
        delete item;
    }
}

} // namespace

StartPage::StartPage(QWidget* parent) : QWidget(parent) {
    setBackgroundRole(QPalette::Base);
    setAutoFillBackground(true);
    auto* content = new QWidget(this);
    content->setMaximumWidth(kColumnWidth);
    content->setMinimumWidth(kColumnWidth);
    auto* column = new QVBoxLayout(content);
    column->addWidget(label(QStringLiteral("Noisefloor"), 2.4, content));
    column->addWidget(label(tr("Which parts of a latent diffusion model may run in few bits, which may not,\n"
                               "and what does that do to the pictures?"),
                            1.0, content));
    column->addSpacing(18);
    m_embedded = addSection(column, tr("Start with the embedded model"));
    m_recent = addSection(column, tr("Recent files"));
    QVBoxLayout* others = addSection(column, tr("Open"));
    QCommandLinkButton* browse = linkButton(tr("Open a model folder…"), tr("A folder in diffusers layout"), content);
    browse->setObjectName(QStringLiteral("browse"));
    connect(browse, &QCommandLinkButton::clicked, this, &StartPage::browseRequested);
    others->addWidget(browse);
    QCommandLinkButton* file =
        linkButton(tr("Open a checkpoint file…"), tr("A .safetensors checkpoint or a .gguf file"), content);
    file->setObjectName(QStringLiteral("browseFile"));
    connect(file, &QCommandLinkButton::clicked, this, &StartPage::fileRequested);
    others->addWidget(file);
    QCommandLinkButton* session =
        linkButton(tr("Open a session…"), tr("Work as it was saved, a .noisefloor file"), content);
    session->setObjectName(QStringLiteral("browseSession"));
    connect(session, &QCommandLinkButton::clicked, this, &StartPage::sessionRequested);
    others->addWidget(session);
    column->addWidget(dropHint(content));
    auto* rows = new QVBoxLayout(this);
    rows->addStretch(2);
    rows->addWidget(content, 0, Qt::AlignHCenter);
    rows->addStretch(3);
}

QVBoxLayout* StartPage::addSection(QVBoxLayout* column, const QString& title) {
    column->addWidget(label(title, 1.15, this));
    auto* section = new QVBoxLayout;
    section->setSpacing(2);
    column->addLayout(section);
    column->addSpacing(12);
    return section;
}

void StartPage::setEmbeddedModels(const QStringList& names) {
    QList<Entry> entries;
    for (const QString& name : names)
        entries << Entry{name, name, tr("Small text-to-image model that comes with the program")};
    fill(m_embedded, entries);
}

void StartPage::setRecentFiles(const QList<session::RecentFile>& files) {
    QList<Entry> entries;
    for (const session::RecentFile& file : files) {
        const QString folder = QFileInfo(file.path).absolutePath();
        const QString details = file.details();
        entries << Entry{file.path, QFileInfo(file.path).fileName(),
                         details.isEmpty() ? folder : QStringLiteral("%1 · %2").arg(details, folder), file.isThere};
    }
    fill(m_recent, entries.mid(0, 4));
    if (files.isEmpty()) m_recent->addWidget(label(tr("None yet"), 1.0, this));
}

void StartPage::fill(QVBoxLayout* section, const QList<Entry>& entries) {
    empty(section);
    for (const Entry& entry : entries) {
        QCommandLinkButton* button = linkButton(entry.title, entry.description, this);
        button->setObjectName(QStringLiteral("open:") + entry.path);
        connect(button, &QCommandLinkButton::clicked, this, [this, path = entry.path] { Q_EMIT openRequested(path); });
        button->setToolTip(entry.path);
        button->setEnabled(entry.isThere);
        section->addWidget(entry.isThere ? button : removable(button, entry.path));
    }
}

/// The button cannot be used; one beside it takes it off the list.
QWidget* StartPage::removable(QCommandLinkButton* button, const QString& path) {
    auto* row = new QWidget(this);
    auto* remove = new QToolButton(row);
    remove->setText(tr("Remove"));
    remove->setToolTip(tr("Take %1 off the list").arg(path));
    remove->setAccessibleName(remove->toolTip());
    remove->setObjectName(QStringLiteral("remove:") + path);
    connect(remove, &QToolButton::clicked, this, [this, path] { Q_EMIT removeRequested(path); });
    auto* columns = new QHBoxLayout(row);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->addWidget(button, 1);
    columns->addWidget(remove);
    return row;
}

} // namespace app::windows
