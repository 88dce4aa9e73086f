/*
 * Words of which people make passwords, written down by hand from what is known of leaked ones. With figures and signs
 * around them, figures for letters and repetitions they stand for tens of thousands of passwords of twelve characters and
 * more; a list of breaches would know many more.
 */

const wordsOf = (text: string): Set<string> => new Set(text.split(/\s+/).filter(word => word.length >= 3))

/** By themselves: what is written where a password is asked for. */
export const COMMON = wordsOf(
  `password passwort passw0rd contraseña contrasena motdepasse senha wachtwoord parola haslo passwd passphrase
  letmein letmeinnow welcome welcomeback welcometo willkommen bienvenido changeme changeit changethis changepassword
  changemenow secret topsecret mysecret default temporary temp temppassword trustno iloveyou iloveu teamo
  admin administrator adminadmin adminpassword passwordadmin root rootroot toor superuser sysadmin manager supervisor
  operator callcenter callcentre contactcenter customerservice helpdesk support service telephone phone
  user username userpassword testuser test testing testtest testpassword tester demo demopassword guest login signin
  access accesspassword mypassword newpassword oldpassword yourpassword thepassword thisismypassword
  ilovepassword passwordis passwordpassword password123password mypasswordis nopassword strongpassword securepassword
  goodpassword longpassword password1password rememberme dontforget whatever nothing something anything
  correcthorsebatterystaple qwerty qwertz azerty abc abcabc letmeinplease openup opensesame sesame enter enternow
  pleaseletmein forgotpassword resetpassword password2password logmein iamadmin adminroot rootadmin administrador
  administrateur usuario clave miclave miclavesecreta contrasenasegura nuevacontrasena codigo secreto cambiame
  accesototal bienvenida bienvenidos holamundo clientes cliente soporte ventas recepcion oficina empresa
  company business office computer internet hello hellohello helloworld goodmorning goodluck godblessyou trustnoone
  trustnobody nevermind justdoit doitnow noentry keepout stayaway whoareyou itsasecret iforgot idontknow noidea
  letsgo letmepass blink182 number1 numberone mustchange firsttime onetime tempaccess`,
)

/** What people are fond of: one of these, or two. */
export const FAVOURITES = wordsOf(
  `love lover loves loving loveme loveyou lovelove lovely iloveyou iloveu ilove iloveme iloveher ilovehim ihate hate
  forever always together baby babygirl babyboy babe honey sweet sweetie sweetheart sweetpea darling dear angel angels
  heart hearts kiss kisses hug hugs beautiful pretty cute gorgeous handsome sexy sexygirl sexyboy hottie hotgirl hotboy
  princess prince queen king kings diva lady ladies girl girls boy boys woman man men guy dude mom mommy mum mummy mother
  mama dad daddy papa father sister brother bro family familia wife husband son daughter cousin grandma grandpa nana
  friend friends bestfriend amigo amiga amigos amor amorcito amores mivida micielo mihijo mihija mibebe bebe bebita
  corazon cielo princesa reina preciosa hermosa hermoso bonita bonito guapa guapo tequiero teamo teextrano siempre
  porsiempre juntos familia mama papa hijos hijo hija abuela abuelo hermano hermana esposa esposo
  jesus jesuschrist christ god godis godisgood lord bless blessed blessing heaven faith hope grace glory praise holy
  spirit church bible dios diosesamor cristo jesucristo jesusislord amen maria virgen santa allah
  michael jennifer jessica ashley daniel charlie thomas george andrew michelle hannah nicole anthony joshua matthew robert
  william jordan james john david joseph christopher chris christian jonathan nathan brandon justin jason kevin brian
  ryan eric steven stephen patrick timothy richard charles mark paul peter simon steve scott jeff jeffrey greg gary larry
  dennis jerry frank raymond jack henry oliver harry oscar leo max sam samuel samantha alex alexander alexandra alexis
  amanda sarah sara laura emily emma olivia sophia sophie isabella bella mia ava lily lucy chloe grace ella zoe abigail
  madison elizabeth liz lisa linda karen susan donna carol nancy betty helen sandra ruth sharon melissa stephanie
  rebecca rachel heather amy angela anna anne annie maria marie mary martha julia julie kate katie katherine kathy kelly
  kim kimberly tiffany crystal amber brittany britney courtney danielle vanessa natalie natasha victoria vicky monica
  veronica diana patricia teresa theresa cindy wendy tina tracy stacy jasmine summer autumn april june
  carlos jose juan luis miguel jorge pedro pablo diego fernando ricardo eduardo roberto alejandro alejandra andres andrea
  antonio manuel francisco javier sergio mario marco rafael ramon raul hector oscar victor hugo ivan adrian gabriel
  sebastian santiago mateo nicolas martin camila valentina valeria daniela gabriela carolina paola claudia patricia lorena
  adriana mariana fernanda natalia sofia lucia carmen rosa ana isabel elena cristina silvia beatriz pilar guadalupe
  alberto alfredo arturo cesar enrique ernesto felipe gerardo gustavo ignacio jesus joaquin julio leonardo lorenzo
  mohamed mohammed muhammad ahmed ali omar hassan ibrahim fatima wang zhang chen nguyen singh kumar rahul priya
  hunter killer shadow master mastermind ninja samurai warrior soldier sniper gunner assassin pirate viking knight wizard
  dragon dragons dragonball phoenix unicorn monster devil demon vampire zombie ghost skull reaper death dark darkness
  lucifer satan hell hellfire thunder lightning storm stormy blaze flame fire firebird ice snow snowball rain rainbow
  sunshine sunset sunrise moon moonlight star stars starlight galaxy cosmos sky skyline cloud ocean beach island river
  mountain forest winter spring flower flowers butterfly rose roses daisy tulip orchid lavender violet jasmin petal
  monkey monkeys dog dogs doggy puppy cat cats kitty kitten hellokitty tiger tigers lion lions wolf wolves bear bears teddy
  teddybear panda bunny rabbit horse horses pony eagle eagles falcon falcons hawk hawks raven ravens dolphin dolphins
  shark sharks turtle frog froggy fish fishing spider snake cobra viper scorpion bulldog bulldogs rottweiler pitbull
  buddy bailey max rocky lucky shadow smokey tigger ginger pepper molly maggie sadie bandit bear buster cooper duke
  jack jake oreo peanut princess rex riley rusty sammy scooter simba sparky spike tucker winston zeus muffin mittens
  gatito gatita perrito perro gato caballo mariposa estrella luna sol cielo flor flores
  cookie cookies chocolate candy sugar honey vanilla strawberry cherry banana apple apples orange lemon peaches mango
  melon pumpkin cupcake cheese pizza burger bacon chicken taco tacos pasta coffee whiskey vodka tequila beer cerveza
  wine pepsi cocacola coke popcorn noodles pickle potato
  football soccer futbol baseball basketball hockey tennis golf golfer golfing softball volleyball rugby cricket swimming
  swimmer surfing surfer skater skateboard snowboard wrestling boxing karate runner running racing motocross
  barcelona realmadrid madrid barca chelsea arsenal liverpool manchester manutd united everton tottenham juventus milan
  inter bayern dortmund benfica porto santos flamengo corinthians palmeiras boca bocajuniors river riverplate chivas america
  pumas tigres rangers celtic newcastle westham
  yankees redsox cubs dodgers giants mets braves cardinals cowboys steelers packers patriots broncos raiders bears
  chargers dolphins eagles falcons saints redskins vikings ravens seahawks lakers bulls celtics knicks heat spurs
  warriors jordan lebron kobe messi ronaldo neymar beckham zidane maradona pele ronaldinho
  superman batman spiderman ironman hulk captain america wolverine deadpool joker catwoman avengers marvel
  starwars starwars skywalker vader darthvader yoda jedi startrek matrix neo trinity terminator rambo rocky gandalf
  frodo hobbit gollum aragorn legolas hogwarts harrypotter potter hermione dumbledore voldemort pokemon pikachu charizard
  naruto sasuke itachi goku vegeta sakura mario luigi zelda link sonic minecraft fortnite roblox halo warcraft worldofwarcraft
  starcraft diablo callofduty counterstrike gamer gamers player xbox playstation nintendo simpson simpsons bart homer
  spongebob patrick scooby scoobydoo snoopy garfield mickey mickeymouse minnie minniemouse donald tinkerbell disney nemo
  barbie hellokitty snowwhite cinderella frozen elsa simba winnie winniethepooh pooh elmo
  metallica slipknot nirvana linkinpark greenday eminem tupac beatles rolling stones elvis prince madonna shakira rihanna
  beyonce bieber justinbieber onedirection jonas blackpink bts ironmaiden acdc kiss slayer pantera ledzeppelin pinkfloyd
  rockstar rock rocknroll music musica guitar drummer drums piano dance dancer dancing singer
  mustang ferrari mercedes porsche corvette camaro honda toyota nissan mazda subaru bmw audi lexus jaguar chevy chevrolet
  dodge ford harley harleydavidson yamaha suzuki kawasaki ducati volkswagen
  samsung google facebook microsoft windows apple android iphone yahoo hotmail gmail youtube twitter instagram tiktok
  netflix spotify linux ubuntu cisco oracle computer hacker internet server database
  london paris newyork california florida texas chicago boston dallas houston phoenix miami denver atlanta seattle vegas
  lasvegas hollywood brooklyn jamaica brazil brasil mexico colombia argentina venezuela peru chile ecuador bolivia cuba
  puertorico espana spain france germany england ireland scotland canada australia india china japan tokyo africa america
  usa russia moscow italy italia roma holland amsterdam sweden poland polska turkey istanbul
  january february march may july august september october november december monday tuesday wednesday thursday friday
  saturday sunday enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes
  miercoles jueves viernes sabado domingo christmas xmas easter halloween birthday happybirthday holiday vacation party
  freedom liberty peace happy happiness happyday smile smiley laugh lucky luck money dollar rich million millionaire cash
  gold golden silver diamond diamonds crystal pearl ruby jewel platinum
  black white red blue green yellow purple pink orange brown gray grey blackcat bluesky redrose negro blanco rojo azul
  verde amarillo rosado morado
  big little small super mega ultra hyper cool coolest crazy mad bad good best great awesome perfect fantastic amazing
  sweet hot cold new old young first last one two three four five six seven eight nine ten hundred zero
  player lover winner champion champ legend hero boss chief gangster gangsta thug pimp playboy bitch fuck fuckyou fuckoff
  fuckme asshole bullshit shit badass bigdick pussy biteme suckit
  hello hola ciao bonjour goodbye please thankyou thanks sorry yes nope okay cool wow
  qwerty qwertz azerty asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx abc abcd abcdef abcdefg`,
)
